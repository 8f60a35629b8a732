"""微信客服 (WeChat Kefu): visitors who write from WeChat, without adding anybody as a friend.

The outside never sends us a message: it sends a signed hint, and we pull. Facts of the protocol: the pages
`kf/sync_msg`, `kf/send_msg`, `kf/send_msg_on_event` and the callback pages of developer.work.weixin.qq.com.
"""
