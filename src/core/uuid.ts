/** UUIDs from bytes (RFC 9562). Randomness and hashes come in as arguments. */

/** Makes 16 bytes a UUID of the given version. */
export function uuidFrom(bytes: Uint8Array, version: 4 | 8): string {
  const b = Array.from(bytes.slice(0, 16))
  b[6] = (b[6]! & 0x0f) | (version << 4)
  b[8] = (b[8]! & 0x3f) | 0x80
  const hex = b.map((x) => x.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** SHA-256 of bytes: Web Crypto's, wherever we run. */
export type Sha256 = (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>
