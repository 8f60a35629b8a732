// antd dressed for us: language, colours, and the nonce without which the page's CSP refuses its styles.
import { App, ConfigProvider } from "antd";
import type { Locale as AntLocale } from "antd/es/locale";
import zhCN from "antd/locale/zh_CN";
import { useEffect, useMemo, useState, type ReactNode } from "react";
import { themeFor, useMedia, useScheme } from "./look/theme";
import { usePreferences } from "./preferences";

const nonce = document.querySelector<HTMLMetaElement>("meta[name=csp-nonce]")?.content ?? "";

export function Dress({ children }: { children: ReactNode }) {
  const { locale } = usePreferences();
  const scheme = useScheme();
  const still = useMedia("(prefers-reduced-motion: reduce)");
  const theme = useMemo(() => themeFor(scheme, still), [scheme, still]);
  return (
    // Without autoInsertSpace off, two-character Chinese buttons are named "登 录".
    <ConfigProvider csp={{ nonce }} locale={useAntWords(locale)} theme={theme} button={{ autoInsertSpace: false }}>
      <App className="app">{children}</App>
    </ConfigProvider>
  );
}

/** antd's own words: Chinese comes along, English is fetched when wanted. */
function useAntWords(locale: string): AntLocale {
  const [english, setEnglish] = useState<AntLocale | null>(null);
  useEffect(() => {
    document.documentElement.lang = locale;
    if (locale === "en" && !english) void import("antd/locale/en_US").then((module) => setEnglish(module.default));
  }, [locale, english]);
  return locale === "en" && english ? english : zhCN;
}
