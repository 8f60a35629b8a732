// 访客窗口的文字，首次会话所需。The shape of every other language.
import said from "../../../chatserver/locales/zh-CN.json?first";

export const words = {
  minimise: "收起",
  title: "在线客服",
  log: "聊天记录",
  you: "我",
  bot: "智能助手",
  agent: "客服",
  compose: "输入消息…",
  composeNew: "输入消息，开始新的会话…",
  send: "发送",
  sending: "发送中",
  sent: "已送达",
  read: "已读",
  failed: "未发送",
  typing: "正在输入",
  connecting: "正在连接…",
  offline: "网络已断开，恢复后自动发送消息",
  ahead: "前面还有 {n} 位",
  next: "马上就到您了",
  queued: "排队中",
  leaveQueue: "退出排队",
  end: "结束会话",
  fresh: "{n} 条新消息",
  bottom: "回到最新消息",
  welcome: "您好，有什么可以帮您？",
  sound: "提示音",
};

export { said };
