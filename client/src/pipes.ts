// What carries packets: a WebSocket, or (`polling.ts`) HTTP for networks that break WebSockets.
// A pipe understands nothing of what it carries, and says nothing any more after `cut`.

export interface Pipe {
  write(packet: string): void;
  cut(): void;
}

/** `url` ends in `?EIO=4&transport=`. `lost` comes at most once. */
export type OpenPipe = (url: string, heard: (packet: string) => void, lost: () => void) => Pipe;

export const overSocket: OpenPipe = (url, heard, lost) => {
  const socket = new WebSocket(url.replace(/^http/, "ws") + "websocket");
  const cut = () => {
    socket.onmessage = socket.onclose = socket.onerror = () => {};
    socket.close();
  };
  socket.onmessage = (event) => heard(event.data as string);
  // Chromium fires only "error", never "close", when the page's CSP refuses the socket.
  socket.onclose = socket.onerror = () => {
    cut();
    lost();
  };
  return {
    write: (packet) => {
      if (socket.readyState === 1) socket.send(packet);
    },
    cut,
  };
};

/** Long-polling, fetched only by those who need it. */
export const overPolling: OpenPipe = (url, heard, lost) => {
  let pipe: Pipe | undefined;
  let cut = false;
  import("./polling").then(
    (polling) => {
      if (!cut) pipe = polling.poll(url, heard, lost);
    },
    () => cut || lost(),
  );
  return {
    write: (packet) => pipe?.write(packet),
    cut: () => {
      cut = true;
      pipe?.cut();
    },
  };
};
