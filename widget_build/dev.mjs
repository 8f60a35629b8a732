// One Vite server for every front end; the chat server answers the rest. `npm run dev` beside a running chat server.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { createServer } from "vite";
import { ROOT, visitorsSentences } from "./config.mjs";

const api = process.env.CHATSERVER_API ?? "http://127.0.0.1:8000";
const port = Number(process.env.PORT ?? 5173);

const DEMO = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Demo shop</title><h1>Demo shop</h1><script async src="/w/loader.js" data-inbox="web"></script></html>`;

/** The snippet loads a classic script; in development that script pulls the module in. */
const SNIPPET = `window.chatserverScript=document.currentScript;
import(new URL("/widget/src/loader.ts",document.currentScript.src).href);`;

const pages = {
  name: "chatserver-pages",
  configureServer(server) {
    server.middlewares.use(async (request, response, next) => {
      const { pathname } = new URL(request.url, "http://localhost");
      const send = (type, body) => {
        response.setHeader("content-type", `${type}; charset=utf-8`);
        response.end(body);
      };
      if (pathname === "/w/loader.js") return send("text/javascript", SNIPPET);
      if (pathname === "/") return send("text/html", await server.transformIndexHtml(request.url, DEMO));
      const app = /^\/(h5|console)(\/|$)/.exec(pathname)?.[1];
      if (!app || /\.\w+$/.test(pathname)) return next();
      const html = readFileSync(join(ROOT, app, "index.html"), "utf8").replace('src="/src/', `src="/${app}/src/`);
      return send("text/html", await server.transformIndexHtml(request.url, html));
    });
  },
};

/** Each folder speaks JSX to its own library. */
const preactFolders = {
  name: "chatserver-preact",
  enforce: "pre",
  transform(code, id) {
    if (/\/(client|widget|h5)\/src\/.*\.tsx$/.test(id)) return `/** @jsxImportSource preact */${code}`;
  },
};

const server = await createServer({
  configFile: false,
  root: ROOT,
  appType: "custom",
  define: { __PANEL__: '"/widget/src/panel.tsx"', __FRAME__: '"/widget/src/frame.ts"' },
  plugins: [pages, preactFolders, visitorsSentences, react({ include: /console\/src\/.*\.[jt]sx?$/ })],
  server: {
    port,
    host: "127.0.0.1",
    cors: true,
    proxy: { "/socket.io": { target: api, ws: true }, "/api": api, "/healthz": api, "/files": api },
  },
});
await server.listen();
server.printUrls();
