// Line icons on a 24 grid, drawn with the colour of the text around them.
const PATHS = {
  send: "M5 12h13M12 5.5l6.5 6.5-6.5 6.5",
  down: "M6 9l6 6 6-6",
  end: "M14 8V5H5v14h9v-3M10 12h10m-3-3 3 3-3 3",
  check: "M5 12.5l4.5 4.5L19 7.5",
  next: "M9 6l6 6-6 6",
  chat: "M21 11.5a8 8 0 0 1-11.7 7.1L4 20l1.4-4.8A8 8 0 1 1 21 11.5Z",
  sound: "M5 10v4h3l4 4V6l-4 4zM16 9q3 3 0 6m3-9q6 6 0 12",
  mute: "M5 10v4h3l4 4V6l-4 4zM16 10l4 4m0-4-4 4",
};

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
