/** As much of Protocol Buffers' wire format as Chromium's push connection needs (protobuf.dev, "Encoding"). */

/** By number; of each field what came, in that order. Numbers as `bigint`, everything else as bytes. */
type Fields = Map<number, (bigint | Buffer)[]>
const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5]

export function varint(value: number | bigint): Buffer {
  const bytes: number[] = []
  let left = BigInt(value)
  do {
    bytes.push(Number(left & 127n) | (left > 127n ? 128 : 0))
    left >>= 7n
  } while (left)
  return Buffer.from(bytes)
}

/** The one at `at`, and where it ends; null: it is not all there. */
export function readVarint(bytes: Buffer, at: number): { value: bigint; end: number } | null {
  let value = 0n
  for (let end = at; end < bytes.length; end++) {
    value |= BigInt(bytes[end]! & 127) << BigInt(7 * (end - at))
    if (bytes[end]! < 128) return { value, end: end + 1 }
  }
  return null
}

export function field(number: number, value: number | bigint | string | Buffer): Buffer {
  const key = (kind: number) => varint((number << 3) | kind)
  if (typeof value === 'number' || typeof value === 'bigint') return Buffer.concat([key(VARINT), varint(value)])
  const bytes = Buffer.from(value)
  return Buffer.concat([key(BYTES), varint(bytes.length), bytes])
}

export function fixed64(number: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return Buffer.concat([varint((number << 3) | FIXED64), bytes])
}

export function readFields(bytes: Buffer): Fields {
  const fields: Fields = new Map()
  for (let at = 0; at < bytes.length;) {
    const key = readVarint(bytes, at)!
    const kind = Number(key.value & 7n)
    let value: bigint | Buffer
    if (kind === VARINT) ({ value, end: at } = readVarint(bytes, key.end)!)
    else {
      const length = kind === BYTES ? readVarint(bytes, key.end)! : { value: kind === FIXED64 ? 8n : 4n, end: key.end }
      if (kind !== BYTES && kind !== FIXED64 && kind !== FIXED32) throw new Error(`wire type ${kind}`)
      at = length.end + Number(length.value)
      value = bytes.subarray(length.end, at)
    }
    const number = Number(key.value >> 3n)
    fields.set(number, [...(fields.get(number) ?? []), value])
  }
  return fields
}
