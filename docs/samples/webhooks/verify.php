<?php
// Verifies Trackway's webhooks (Standard Webhooks, HMAC-SHA256 and ed25519). Needs PHP 8 with its
// sodium extension, which comes with PHP.
//
// As a command: WEBHOOK_SECRET="whsec_…" php verify.php ID TIMESTAMP SIGNATURE < body

// A message that is older, or from further in the future, is somebody's repetition.
const TOLERANCE_SECONDS = 300;

/**
 * Whether a message is genuine.
 *
 * `$keys`: the endpoint's secrets (`whsec_`) or public keys (`whpk_`), more than one while they are
 * being rotated. `$id`, `$timestamp` and `$signatures` are the headers webhook-id, webhook-timestamp
 * and webhook-signature; `$body` is the request as it came (`php://input`), before anything has
 * parsed it.
 */
function verify(
    array $keys,
    string $id,
    string $timestamp,
    string $signatures,
    string $body,
    ?int $now = null
): bool {
    $now ??= time();
    if (!ctype_digit($timestamp) || abs($now - (int) $timestamp) > TOLERANCE_SECONDS) {
        return false;
    }
    $signed = "$id.$timestamp.$body";
    foreach (explode(' ', $signatures) as $signature) {
        [$version, $text] = explode(',', $signature, 2) + [1 => ''];
        $given = base64_decode($text, true);
        if ($given === false) {
            continue;
        }
        foreach ($keys as $key) {
            if ($version === 'v1' && str_starts_with($key, 'whsec_')) {
                $secret = base64_decode(substr($key, strlen('whsec_')));
                if (hash_equals(hash_hmac('sha256', $signed, $secret, true), $given)) {
                    return true;
                }
            }
            if (
                $version === 'v1a'
                && str_starts_with($key, 'whpk_')
                && strlen($given) === SODIUM_CRYPTO_SIGN_BYTES
            ) {
                $publicKey = base64_decode(substr($key, strlen('whpk_')));
                if (sodium_crypto_sign_verify_detached($given, $signed, $publicKey)) {
                    return true;
                }
            }
        }
    }
    return false;
}

if (PHP_SAPI === 'cli' && realpath($argv[0]) === __FILE__) {
    [, $id, $timestamp, $signatures] = $argv;
    $keys = explode(' ', getenv('WEBHOOK_SECRET'));
    $genuine = verify($keys, $id, $timestamp, $signatures, stream_get_contents(STDIN));
    echo $genuine ? "genuine\n" : "refused\n";
    exit($genuine ? 0 : 1);
}
