/** What core may take for granted beside ECMAScript: the same in browsers, workers and Node. */
declare class TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>
}
declare class URL {
  constructor(url: string, base?: string)
  readonly protocol: string
  readonly hostname: string
  readonly host: string
  readonly port: string
  readonly origin: string
  readonly pathname: string
  readonly username: string
  readonly password: string
  readonly href: string
}
