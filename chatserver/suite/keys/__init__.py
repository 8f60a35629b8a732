"""接口密钥: how programs come in. What they then ask is other contexts' business."""
