// The top of the window: whom the visitor talks to, and the way out.
import type { ChatState } from "../chat";
import { Face } from "./face";
import { Icon, type IconName } from "./icons";
import type { Ui } from "./ui";

interface Props extends Ui {
  state: ChatState;
  sound: boolean;
  onSound: () => void;
  onEnd: () => void;
  onClose: (() => void) | undefined;
}

function Tool({ label, icon, onPress }: { label: string; icon: IconName; onPress: () => void }) {
  return (
    <button type="button" class="tool" aria-label={label} title={label} onClick={onPress}>
      <Icon name={icon} />
    </button>
  );
}

export function Header({ state, t, sound, onSound, onEnd, onClose }: Props) {
  const { conversation, inbox } = state;
  const agent = conversation?.agent;
  const live = conversation && conversation.phase !== "closed";
  const title = inbox?.title || t("title");
  return (
    <header>
      <Face name={agent?.name ?? ""} picture={agent ? agent.avatar : (inbox?.theme.logo ?? "")} icon="chat" />
      <div class="who">
        <h2>{agent?.name ?? title}</h2>
        <p>{agent ? `${title} · ${t("serving")}` : inbox?.subtitle}</p>
      </div>
      <Tool label={t(sound ? "soundOff" : "soundOn")} icon={sound ? "sound" : "mute"} onPress={onSound} />
      {live && <Tool label={t("end")} icon="end" onPress={onEnd} />}
      {onClose && <Tool label={t("minimise")} icon="down" onPress={onClose} />}
    </header>
  );
}
