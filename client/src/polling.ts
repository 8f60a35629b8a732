// HTTP long-polling: one request always waits for packets, another carries ours when there are some.
import type { OpenPipe } from "./pipes";

/** Between the packets of one body. */
const SEPARATOR = "\x1e";

export const poll: OpenPipe = (url, heard, lost) => {
  const control = new AbortController();
  const { signal } = control;
  let session = "";
  let waiting: string[] = [];
  let posting = false;

  const request = async (init: RequestInit) => {
    const answer = await fetch(url + "polling" + session, { ...init, signal });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.text();
  };
  const end = () => {
    if (!signal.aborted) {
      control.abort();
      lost();
    }
  };
  const listen = async () => {
    while (!signal.aborted) {
      for (const packet of (await request({})).split(SEPARATOR)) {
        // The first packet of all names the session, which every further request repeats.
        session ||= "&sid=" + (JSON.parse(packet.slice(1)) as { sid: string }).sid;
        if (!signal.aborted) heard(packet);
      }
    }
  };
  const flush = async () => {
    if (posting) return;
    posting = true;
    while (waiting.length && !signal.aborted) {
      const body = waiting.join(SEPARATOR);
      waiting = [];
      await request({ method: "POST", body, headers: { "content-type": "text/plain" } });
    }
    posting = false;
  };

  listen().catch(end);
  return {
    write: (packet) => {
      waiting.push(packet);
      queueMicrotask(() => flush().catch(end));
    },
    cut: () => control.abort(),
  };
};
