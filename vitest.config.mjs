import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { visitorsSentences } from "./widget_build/config.mjs";

const preact = { oxc: { jsx: { runtime: "automatic", importSource: "preact" } } };

export default defineConfig({
  test: {
    projects: [
      // Against a real server and real sockets, so without a browser's imitation around them.
      { ...preact, test: { name: "link", include: ["client/test/link.test.ts"], environment: "node", testTimeout: 15_000 } },
      {
        ...preact,
        plugins: [visitorsSentences],
        test: {
          name: "visitor",
          include: ["client/test/**/*.test.{ts,tsx}", "widget/test/**/*.test.{ts,tsx}"],
          exclude: ["client/test/link.test.ts"],
          environment: "happy-dom",
        },
      },
      {
        plugins: [react()],
        test: { name: "console", include: ["console/test/**/*.test.{ts,tsx}"], environment: "happy-dom" },
      },
    ],
  },
});
