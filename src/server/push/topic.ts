import { createHash } from 'node:crypto'

/** Short enough for a topic: RFC 8030, section 5.4, allows 32 characters of base64url. */
export const topicOf = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 32)
