/** `GET /` and `GET /status`: the status page, its style and its type. Open to everybody. SWITCH-14. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Hono, type Context } from 'hono'
import { accepts } from 'hono/accepts'
import type { Deployment } from '../../core/deployment.ts'
import type { RelayStatus } from '../../core/relay.ts'
import { REFRESH_SCRIPT } from '../status/refresh.ts'
import { statusPage } from '../status/page.ts'
import { statusView } from '../status/view.ts'

export interface StatusPagePorts {
  deployment: () => Deployment
  status: () => RelayStatus
  /** What the other monitors said in the last round. */
  peers: () => RelayStatus[]
}

const POLICY =
  "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The language asked for by the link, else by the browser, else German. */
function languageOf(c: Context): 'de' | 'en' {
  const asked = c.req.query('lang')
  if (asked === 'de' || asked === 'en') return asked
  return accepts(c, { header: 'Accept-Language', supports: ['de', 'en'], default: 'de', match: preferred }) === 'en'
    ? 'en'
    : 'de'
}

/** `en-GB` is English: of what the browser names, the first that we have. */
const preferred = (offered: { type: string; q: number }[]): string =>
  offered
    .toSorted((a, b) => b.q - a.q)
    .map(({ type }) => type.slice(0, 2).toLowerCase())
    .find((language) => language === 'de' || language === 'en') ?? 'de'

function files(): Map<string, { type: string; bytes: Uint8Array<ArrayBuffer> }> {
  const font = (weight: number) =>
    createRequire(import.meta.url).resolve(`@fontsource/fira-sans/files/fira-sans-latin-${weight}-normal.woff2`)
  const read = (file: string | URL, type: string) => ({ type, bytes: new Uint8Array(readFileSync(file)) })
  return new Map([
    ['/status.js', { type: 'text/javascript; charset=utf-8', bytes: new TextEncoder().encode(REFRESH_SCRIPT) }],
    ['/status.css', read(new URL('../status/status.css', import.meta.url), 'text/css; charset=utf-8')],
    ['/fira-sans-400.woff2', read(font(400), 'font/woff2')],
    ['/fira-sans-600.woff2', read(font(600), 'font/woff2')],
  ])
}

export function statusPageRoutes({ deployment, status, peers }: StatusPagePorts): Hono {
  const app = new Hono()
  const page = (c: Context) => {
    c.header('Content-Security-Policy', POLICY)
    c.header('Vary', 'Accept-Language')
    return c.html(statusPage(deployment(), statusView(deployment(), status(), peers()), languageOf(c)))
  }
  app.get('/', page)
  app.get('/status', page)
  for (const [path, { type, bytes }] of files())
    app.get(path, (c) => c.body(bytes, 200, { 'Content-Type': type, 'Cache-Control': 'max-age=3600' }))
  return app
}
