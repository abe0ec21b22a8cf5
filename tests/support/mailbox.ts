/** What the push service stand-in keeps: subscriptions, and messages until they are acknowledged or too old (RFC 8030). */
import { randomUUID } from 'node:crypto'

interface Subscription {
  /** The browser's name at the service, `uaid` on the wire. */
  browser: string
  /** The public key it is bound to, if any. */
  key?: string
}

interface Letter {
  channel: string
  topic: string | undefined
  version: string
  expires: number
  encoding: string | undefined
  data: Buffer
  handedOut: boolean
}

export class Mailbox {
  private readonly subscriptions = new Map<string, Subscription>()
  private readonly letters = new Map<string, Letter[]>()

  subscribe(channel: string, subscription: Subscription): void {
    this.subscriptions.set(channel, subscription)
  }

  subscription(channel: string): Subscription | undefined {
    return this.subscriptions.get(channel)
  }

  /** The browser has unsubscribed, or the service has ended it: from now on senders get 410. */
  end(channel: string): void {
    this.subscriptions.delete(channel)
  }

  /** The service knows this browser no more. */
  endOf(browser: string): void {
    for (const [channel, subscription] of this.subscriptions)
      if (subscription.browser === browser) this.subscriptions.delete(channel)
  }

  /** A later message with the same topic replaces one that nobody has yet (RFC 8030, section 5.4). */
  put(browser: string, letter: Omit<Letter, 'version' | 'handedOut'>): string {
    const replaced = (other: Letter) =>
      letter.topic !== undefined && other.topic === letter.topic && other.channel === letter.channel
    const waiting = this.of(browser).filter((other) => other.handedOut || !replaced(other))
    const version = randomUUID()
    this.letters.set(browser, [...waiting, { ...letter, version, handedOut: false }])
    return version
  }

  /** What has not been handed out on this connection. */
  handOut(browser: string, now: number): Letter[] {
    const fresh = this.of(browser).filter((letter) => !letter.handedOut && letter.expires >= now)
    for (const letter of fresh) letter.handedOut = true
    return fresh
  }

  /** A new connection: whatever was handed out on the last one without an answer is handed out again. */
  startOver(browser: string): void {
    for (const letter of this.of(browser)) letter.handedOut = false
  }

  acknowledge(browser: string, version: string): void {
    const waiting = this.of(browser).filter((letter) => letter.version !== version)
    this.letters.set(browser, waiting)
  }

  private of(browser: string): Letter[] {
    return this.letters.get(browser) ?? []
  }
}
