// The top of the window: whom the visitor talks to, and the way out.
import type { ChatState } from "../chat";
import { Face } from "./face";
import { Icon, type IconName } from "./icons";
import type { Ui } from "./ui";

interface Props extends Ui {
  state: ChatState;
  onEnd: () => void;
  onClose: (() => void) | undefined;
}

interface ToolProps {
  label: string;
  icon: IconName;
  pressed?: boolean;
  onPress: () => void;
}

function Tool({ label, icon, pressed, onPress }: ToolProps) {
  return (
    <button class="tool" aria-label={label} title={label} aria-pressed={pressed} onClick={onPress}>
      <Icon name={icon} />
    </button>
  );
}

export function Header({ chat, state, t, onEnd, onClose }: Props) {
  const { conversation, inbox, sound } = state;
  const agent = conversation?.agent;
  const live = conversation && conversation.phase !== "closed";
  const title = inbox?.title || t("title");
  return (
    <header>
      <Face name={agent?.name ?? ""} picture={agent ? agent.avatar : (inbox?.theme.logo ?? "")} />
      <div class="who">
        <h2>{agent?.name ?? title}</h2>
        <p>{agent ? title : inbox?.subtitle}</p>
      </div>
      <Tool label={t("sound")} icon={sound ? "sound" : "mute"} pressed={sound} onPress={() => chat.setSound(!sound)} />
      {live && <Tool label={t("end")} icon="end" onPress={onEnd} />}
      {onClose && <Tool label={t("minimise")} icon="down" onPress={onClose} />}
    </header>
  );
}
