// 转接: the button, and the dialog around the choice of a colleague or a group.
import { SwapOutlined } from "@ant-design/icons";
import type { Card } from "@chatserver/client/agent.gen";
import { RefusedError } from "@chatserver/client/link";
import { App, Button, Input, Modal } from "antd";
import { useState } from "react";
import type { Choice } from "../../desk/handover";
import { useAtDesk, useDeskState } from "../../desk/react";
import type { DeskState } from "../../desk/state";
import type { Locale } from "../../i18n/dictionary";
import { failureWords, useT, type Translate } from "../../i18n/words";
import { usePreferences } from "../../preferences";
import { useChoosing } from "./choosing";
import { nameOf } from "./names";
import { Recipients, SEARCH } from "./Recipients";
import "./transfer.css";

const meOf = (state: DeskState) => state.me?.id;

/** As the wire has it. */
const MAX_NOTE = 500;

interface Props {
  card: Card;
  /** I do not serve this conversation any more. */
  left: () => void;
}

export function Transfer({ card, left }: Props) {
  const t = useT();
  const [open, setOpen] = useState(false);
  // Each opening is a new dialog that remembers nothing of the last one.
  const [round, setRound] = useState(0);
  const start = () => (setRound(round + 1), setOpen(true));
  return (
    <>
      <Button
        className="chat-transfer"
        icon={<SwapOutlined />}
        aria-label={t("transfer")}
        disabled={!!card.offer} // one colleague is asked at a time
        onClick={start}
      >
        {t("transfer")}
      </Button>
      {round > 0 && <Dialog key={round} card={card} open={open} close={() => setOpen(false)} left={left} />}
    </>
  );
}

function Dialog({ card, open, close, left }: Props & { open: boolean; close: () => void }) {
  const t = useT();
  const { pending, refused, hand, forget } = useHandOver(card, close, left);
  const choosing = useChoosing(card, forget);
  const { chosen } = choosing;
  const [note, setNote] = useState("");
  const confirm = () => void (chosen && hand(chosen, note.trim()));
  return (
    <Modal
      open={open}
      title={t("transfer_of", { name: nameOf(card, t) })}
      width={460}
      centered
      destroyOnHidden
      scrollLock={false} // the page does not scroll, and the lock's style is one that the page's CSP refuses
      afterOpenChange={(now) => now && document.getElementById(SEARCH)?.focus()}
      // The button that opened it may be off by now; who serves on goes on writing.
      afterClose={() => document.activeElement === document.body && document.getElementById("composer")?.focus()}
      // While it runs it can be neither taken back nor lost from sight.
      keyboard={!pending}
      closable={!pending}
      mask={{ closable: !pending }}
      okText={pending ? t("transferring") : chosen ? t("transfer_to", { name: chosen.name }) : t("transfer")}
      okButtonProps={{ className: "transfer-yes", disabled: !chosen, loading: pending }}
      cancelText={t("cancel")}
      cancelButtonProps={{ disabled: pending }}
      onOk={confirm}
      onCancel={close}
    >
      <Recipients choosing={choosing} confirm={confirm} />
      <Input.TextArea
        className="transfer-note"
        rows={2}
        maxLength={MAX_NOTE}
        value={note}
        aria-label={t("transfer_note")}
        placeholder={t("transfer_note")}
        onChange={(event) => setNote(event.target.value)}
      />
      <p className="transfer-refused" role="alert">
        {refused}
      </p>
    </Modal>
  );
}

function useHandOver(card: Card, close: () => void, left: () => void) {
  const t = useT();
  const { desk } = useAtDesk();
  const { locale } = usePreferences();
  const { message } = App.useApp();
  const mine = useDeskState(meOf) === card.agent;
  const [pending, setPending] = useState(false);
  const [refused, setRefused] = useState("");
  const hand = (to: Choice, note: string) => {
    if (pending) return;
    setPending(true);
    setRefused("");
    const succeeded = (now: "asked" | "handed") => {
      void message.success(t(now === "asked" ? "transfer_asked" : "transferred", { name: to.name }));
      close();
      if (mine && now === "handed") left();
    };
    const failed = (failure: unknown) => {
      setRefused(refusalOf(failure, to.name, t, locale));
      desk.refresh(); // what the list showed was old
    };
    desk
      .transfer(card.id, to, note)
      .then(succeeded, failed)
      .finally(() => setPending(false));
  };
  return { pending, refused, hand, forget: () => setRefused("") };
}

/** The server's own sentences speak to the one who is refused; here it is the other side that cannot. */
function refusalOf(failure: unknown, name: string, t: Translate, locale: Locale): string {
  const code = failure instanceof RefusedError ? failure.code : "";
  switch (code) {
    case "seat_full":
    case "seat_not_eligible":
    case "group_unstaffed":
      return t(`transfer_${code}`, { name });
    default:
      return failureWords(failure, locale);
  }
}
