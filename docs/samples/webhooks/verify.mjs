// Verifies Trackway's webhooks (Standard Webhooks, HMAC-SHA256 and ed25519). Needs Node 18 and
// nothing else.
//
// As a command: WEBHOOK_SECRET="whsec_…" node verify.mjs ID TIMESTAMP SIGNATURE < body

import { createHmac, createPublicKey, timingSafeEqual, verify as verifySignature } from "node:crypto";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

// A message that is older, or from further in the future, is somebody's repetition.
const TOLERANCE_SECONDS = 300;
// What stands before the 32 bytes of an ed25519 key in the form that Node reads.
const ED25519_SPKI = Buffer.from("302a300506032b6570032100", "hex");

/**
 * Whether a message is genuine.
 *
 * `keys`: the endpoint's secrets (`whsec_`) or public keys (`whpk_`), more than one while they are
 * being rotated. `id`, `timestamp` and `signatures` are the headers webhook-id, webhook-timestamp and
 * webhook-signature; `body` is the bytes of the request, before anything has parsed them.
 */
export function verify(keys, id, timestamp, signatures, body, now = Date.now() / 1000) {
  if (!/^[0-9]+$/.test(timestamp) || Math.abs(now - Number(timestamp)) > TOLERANCE_SECONDS) {
    return false;
  }
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  return signatures.split(" ").some((signature) => {
    const [version, text = ""] = signature.split(",");
    const given = Buffer.from(text, "base64");
    return keys.some((key) => {
      if (version === "v1" && key.startsWith("whsec_")) {
        const secret = Buffer.from(key.slice("whsec_".length), "base64");
        const expected = createHmac("sha256", secret).update(signed).digest();
        return given.length === expected.length && timingSafeEqual(given, expected);
      }
      if (version === "v1a" && key.startsWith("whpk_")) {
        const raw = Buffer.from(key.slice("whpk_".length), "base64");
        const spki = Buffer.concat([ED25519_SPKI, raw]);
        const publicKey = createPublicKey({ key: spki, format: "der", type: "spki" });
        return verifySignature(null, signed, publicKey, given);
      }
      return false;
    });
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [id, timestamp, signatures] = process.argv.slice(2);
  const keys = process.env.WEBHOOK_SECRET.split(" ");
  const genuine = verify(keys, id, timestamp, signatures, readFileSync(0));
  console.log(genuine ? "genuine" : "refused");
  process.exit(genuine ? 0 : 1);
}
