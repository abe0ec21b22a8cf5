/** SHA-256 for core's ids. */
import { createHash } from 'node:crypto'
import { uuidFrom, type Sha256 } from '../core/uuid.ts'

export const sha256: Sha256 = (bytes) => Promise.resolve(createHash('sha256').update(bytes).digest())

/** A UUID that everybody makes of the same text. */
export const uuidOf = async (text: string): Promise<string> => uuidFrom(await sha256(new TextEncoder().encode(text)), 8)
