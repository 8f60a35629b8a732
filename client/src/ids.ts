// Ids made by the client, so that sending again cannot do a thing twice.

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A ULID: 10 characters of time (so that ids sort by age), 16 of chance. */
export function ulid(now = Date.now()): string {
  let id = "";
  for (let rest = now, i = 0; i < 10; i++) {
    id = CROCKFORD[rest % 32] + id;
    rest = Math.floor(rest / 32);
  }
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) id += CROCKFORD[byte % 32];
  return id;
}
