"""Service hours 服务时间: when the house is open, as data. Pure: whoever asks brings the instant."""
