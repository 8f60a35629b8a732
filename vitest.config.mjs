import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { visitorsSentences } from "./widget_build/config.mjs";

// Nothing here waits for as long; a busy machine may.
const PATIENCE = { testTimeout: 60_000, hookTimeout: 60_000 };
const preact = { oxc: { jsx: { runtime: "automatic", importSource: "preact" } } };

export default defineConfig({
  test: {
    projects: [
      // Against a real server and real sockets, so without a browser's imitation around them.
      { ...preact, test: { name: "link", include: ["client/test/link.test.ts"], environment: "node", ...PATIENCE } },
      { test: { name: "build", include: ["widget_build/test/**/*.test.mjs"], environment: "node" } },
      {
        ...preact,
        plugins: [visitorsSentences],
        test: {
          name: "visitor",
          include: ["client/test/**/*.test.{ts,tsx}", "widget/test/**/*.test.{ts,tsx}"],
          exclude: ["client/test/link.test.ts"],
          environment: "happy-dom",
          ...PATIENCE,
        },
      },
      {
        plugins: [react()],
        test: { name: "console", include: ["console/test/**/*.test.{ts,tsx}"], environment: "happy-dom", ...PATIENCE },
      },
    ],
  },
});
