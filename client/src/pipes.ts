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
  const silence = () => {
    socket.onmessage = socket.onclose = socket.onerror = () => {};
  };
  socket.onmessage = (event) => heard(event.data as string);
  // Chromium fires only "error", never "close", when the page's CSP refuses the socket.
  socket.onclose = socket.onerror = () => {
    silence();
    lost();
  };
  return {
    write: (packet) => {
      if (socket.readyState === 1) socket.send(packet);
    },
    cut: () => {
      silence();
      socket.close();
    },
  };
};

/** Long-polling, fetched only by those who need it. */
export const overPolling: OpenPipe = (url, heard, lost) => {
  let pipe: Pipe | undefined;
  let cut = false;
  import("./polling").then(
    ({ poll }) => {
      if (!cut) pipe = poll(url, heard, lost);
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
