// The words of what a first conversation does without, in every language: few enough to come together.
import { fill, type Data, type Language } from "../i18n";

const chinese = {
  left: "还可输入 {n} 字",
  over: "超出 {n} 字",
  older: "查看更早的消息",
  loading: "加载中…",
  retry: "重新发送",
  discard: "删除",
  denied: "暂时无法使用在线客服",
  noAnswer: "服务器没有响应，请重试",
  endSure: "确定要结束本次会话吗？",
  cancel: "取消",
  ended: "会话已结束",
  begin: "开始新的会话",
  submit: "提交",
  submitting: "提交中…",
  submitted: "已提交",
  choose: "请选择",
  missing: "请填写“{label}”",
  comment: "想说的话（选填）",
  rateOver: "评价已结束",
  picture: "图片",
  voice: "语音消息",
  file: "文件",
  unknown: "请刷新页面后查看此消息",
};

export type RestWord = keyof typeof chinese;

export const REST: Readonly<Record<Language["locale"], Readonly<Record<RestWord, string>>>> = {
  "zh-CN": chinese,
  en: {
    left: "{n} characters left",
    over: "{n} characters too many",
    older: "Show earlier messages",
    loading: "Loading…",
    retry: "Try again",
    discard: "Delete",
    denied: "Chat is not available right now",
    noAnswer: "The server did not answer, please try again",
    endSure: "End this conversation?",
    cancel: "Cancel",
    ended: "This conversation has ended",
    begin: "Start a new conversation",
    submit: "Submit",
    submitting: "Submitting…",
    submitted: "Submitted",
    choose: "Please choose",
    missing: "Please fill in “{label}”",
    comment: "Anything to add? (optional)",
    rateOver: "This survey is over",
    picture: "Picture",
    voice: "Voice message",
    file: "File",
    unknown: "Please reload the page to see this message",
  },
};

export function say(word: RestWord, { locale }: Language, data: Data = {}): string {
  return fill(REST[locale][word], data);
}
