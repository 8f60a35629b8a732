// antd in our colours. Its defaults miss AA contrast in several places (hints, links, placeholders), so those
// tokens are ours.
import { theme, type ThemeConfig } from "antd";
import { useLayoutEffect, useSyncExternalStore } from "react";
import { usePreferences } from "../preferences";
import { PALETTES, type Palette } from "./palette";

export type Scheme = "light" | "dark";

const FONT =
  'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif';

function tokens(p: Palette) {
  return {
    colorPrimary: p.primary,
    colorPrimaryHover: p["primary-hover"],
    colorPrimaryActive: p.primary,
    colorPrimaryText: p["primary-text"],
    colorPrimaryBg: p.selected,
    colorLink: p["primary-text"],
    colorLinkHover: p["primary-text"],
    colorInfo: p.primary,
    colorError: p.bad,
    colorErrorText: p.bad,
    colorWarning: p.warn,
    colorSuccess: p.ok,
    colorText: p.text,
    colorTextSecondary: p["text-2"],
    colorTextTertiary: p["text-3"],
    colorTextDescription: p["text-3"],
    colorTextPlaceholder: p["text-3"],
    colorIcon: p["text-3"],
    colorBgLayout: p.canvas,
    colorBgContainer: p.surface,
    colorBgElevated: p.raised,
    colorBorder: p.line,
    colorBorderSecondary: p.line,
    fontFamily: FONT,
    fontSize: 14,
    borderRadius: 8,
    controlHeight: 34,
    wireframe: false,
  };
}

/**
 * `still`: nothing moves. antd waits for the ends of its own animations, so they are turned off here and not
 * shortened by CSS.
 */
export function themeFor(scheme: Scheme, still: boolean): ThemeConfig {
  const p = PALETTES[scheme];
  return {
    algorithm: scheme === "dark" ? theme.darkAlgorithm : theme.defaultAlgorithm,
    cssVar: { key: "desk" },
    hashed: false,
    token: { ...tokens(p), motion: !still },
    components: {
      Button: {
        primaryShadow: "none",
        dangerShadow: "none",
        defaultShadow: "none",
        dangerColor: "#ffffff",
        colorError: scheme === "dark" ? "#c23a41" : p.bad,
      },
      Segmented: { trackBg: p.track, itemSelectedBg: p.thumb, itemColor: p["text-2"], itemSelectedColor: p.text },
      Menu: { itemSelectedColor: p["primary-text"], itemSelectedBg: p.selected },
      Input: { activeShadow: "none" },
      Form: { verticalLabelPadding: "0 0 6px", itemMarginBottom: 20 },
    },
  };
}

const DARK = "(prefers-color-scheme: dark)";

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const media = matchMedia(query);
      media.addEventListener("change", changed);
      return () => media.removeEventListener("change", changed);
    },
    () => matchMedia(query).matches,
  );
}

/** The scheme in force, painted on the page's root for our own CSS. */
export function useScheme(): Scheme {
  const { theme: wish } = usePreferences();
  const system = useMedia(DARK);
  const scheme: Scheme = wish === "auto" ? (system ? "dark" : "light") : wish;
  useLayoutEffect(() => {
    // Before the first paint, or the page flashes without colours.
    const root = document.documentElement;
    for (const [name, colour] of Object.entries(PALETTES[scheme])) root.style.setProperty(`--${name}`, colour);
    root.style.colorScheme = scheme;
  }, [scheme]);
  return scheme;
}
