// Everything behind the login.
import { Frame } from "./Frame";
import { SignedIn } from "./SignedIn";

export function Inside() {
  return (
    <SignedIn>
      <Frame />
    </SignedIn>
  );
}
