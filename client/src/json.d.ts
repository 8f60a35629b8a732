// The server's sentences. What stands behind the `?` says which of them the build leaves (`widget_build/config.mjs`).
declare module "*.json?first" {
  const said: Readonly<Record<string, string>>;
  export default said;
}
declare module "*.json?notice" {
  const said: Readonly<Record<string, string>>;
  export default said;
}
declare module "*.json?error" {
  const said: Readonly<Record<string, string>>;
  export default said;
}
