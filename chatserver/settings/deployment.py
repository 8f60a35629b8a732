"""What is set once, before the server starts: addresses, places and limits. The rest is the workspace's settings."""

from ipaddress import ip_network
from typing import Annotated, Literal

import msgspec
from msgspec import Meta


class Deployment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Start-time settings; each can be given as the environment variable `CHATSERVER_<NAME>`."""

    host: Annotated[str, Meta(title="监听地址", description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535, title="监听端口", description="Port to listen on; 0 for any.")] = 8000
    public_url: Annotated[
        str,
        Meta(
            pattern=r"^(https?://[^/\s]+)?$",
            title="访问地址",
            description="Where browsers reach the server, e.g. https://chat.example.com; empty: http://host:port.",
        ),
    ] = ""
    data_dir: Annotated[
        str, Meta(title="数据目录", description="Folder of the embedded store and of the secret.")
    ] = "data"
    workspace: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9_\-]{1,64}$(?!\n)", title="企业标识", description="Partition key of all that is kept."
        ),
    ] = "default"
    mongodb_uri: Annotated[
        str, Meta(title="MongoDB 地址", description="Empty: the embedded SQLite store. A replica set is needed.")
    ] = ""
    mongodb_database: Annotated[
        str,
        Meta(pattern=r"^[A-Za-z0-9_\-]{1,38}$(?!\n)", title="MongoDB 数据库", description="Name of the database."),
    ] = "chatserver"
    secret: Annotated[
        str,
        Meta(title="签名密钥", description="At least 32 characters; empty: made once and kept in the data folder."),
    ] = ""
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(title="可信代理", description="Networks (CIDR) whose X-Forwarded-For is believed; no others'."),
    ] = ()
    metrics_from: Annotated[
        tuple[str, ...], Meta(title="指标访问", description="Networks (CIDR) that may read /metrics.")
    ] = ("127.0.0.0/8", "::1/128")
    connections_per_address: Annotated[
        int, Meta(ge=1, le=100_000, title="单地址连接数", description="Open sockets of one address.")
    ] = 200
    webhooks_to_private: Annotated[
        tuple[str, ...],
        Meta(title="内网回调", description="Networks (CIDR) that webhooks may reach although they are not public."),
    ] = ()
    wecom_api: Annotated[
        str,
        Meta(
            pattern=r"^https?://[^\s]+$(?!\n)",
            title="企业微信接口",
            description="Where WeCom answers; another address only for trying things out.",
        ),
    ] = "https://qyapi.weixin.qq.com"
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Meta(title="日志级别")] = "info"

    def __post_init__(self) -> None:
        for name in ("trusted_proxies", "metrics_from", "webhooks_to_private"):
            for network in getattr(self, name):
                try:
                    ip_network(network)
                except ValueError as failure:
                    raise ValueError(f"{name}: {failure}") from None
        if self.secret and len(self.secret) < 32:
            raise ValueError("secret must have at least 32 characters")

    @property
    def url(self) -> str:
        """Where browsers reach the server."""
        host = "localhost" if self.host in ("0.0.0.0", "127.0.0.1") else self.host
        return self.public_url or f"http://{host}:{self.port}"
