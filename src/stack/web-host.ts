/** Serves the built app as a web host of the deployment would: precompressed, cached, with strict security headers. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'
import { serve } from '@hono/node-server'
import { Hono, type Context } from 'hono'
import { readDeployment, type Deployment } from '../core/deployment.ts'
import { Trouble } from '../server/trouble.ts'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
}

/** Where the app may connect to: itself and every site's homeserver, relay and monitor. */
function origins({ sites, monitors }: Deployment): string[] {
  const urls = [...sites.flatMap((s) => [s.homeserver, s.relay]), ...monitors.map((m) => m.url)]
  return [...new Set(urls.flatMap((url) => (url ? [new URL(url).origin] : [])))]
}

/** The Content-Security-Policy of the app. `trusted-types`: Vue's static templates and the worker's address. */
function contentSecurityPolicy(deployment: Deployment): string {
  return [
    `default-src 'none'`,
    `script-src 'self' 'wasm-unsafe-eval'`,
    `style-src 'self'`,
    `img-src 'self' blob: data:`,
    `font-src 'self'`,
    `connect-src ${["'self'", ...origins(deployment)].join(' ')}`,
    `worker-src 'self'`,
    `manifest-src 'self'`,
    `frame-ancestors 'none'`,
    `base-uri 'none'`,
    `form-action 'self'`,
    `require-trusted-types-for 'script'`,
    `trusted-types vue sw`,
  ].join('; ')
}

const SECURITY = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
}

/** Encodings in which the build left every text file, the best first. */
const ENCODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const

/** A file inside `root`; null when the path leads elsewhere or to a hidden file. */
function inside(root: string, path: string): string | null {
  let name: string
  try {
    name = decodeURIComponent(path)
  } catch {
    return null
  }
  if (name.includes('\0') || name.includes('\\') || name.split('/').some((part) => part.startsWith('.'))) return null
  const file = normalize(join(root, name))
  return file.startsWith(root + sep) ? file : null
}

const read = (file: string) => readFile(file).catch(() => null)

function accepts(c: Context, encoding: string): boolean {
  const offered = (c.req.header('accept-encoding') ?? '').split(',').map((part) => part.trim().split(';'))
  return offered.some(([name, q]) => name === encoding && !/^\s*q=0(\.0*)?\s*$/.test(q ?? ''))
}

/** The answer for bytes: 304 where the browser has them already. */
function answer(c: Context, bytes: Buffer, headers: Record<string, string>): Response {
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`
  const all = { ...headers, etag }
  if (c.req.header('if-none-match') === etag) return c.body(null, 304, all)
  return c.body(new Uint8Array(bytes), 200, all)
}

async function serveFile(c: Context, file: string, cache: string): Promise<Response | null> {
  const type = TYPES[extname(file)]
  if (!type) return null
  const headers = { 'content-type': type, 'cache-control': cache, vary: 'accept-encoding' }
  for (const [encoding, suffix] of ENCODINGS) {
    const bytes = accepts(c, encoding) ? await read(file + suffix) : null
    if (bytes) return answer(c, bytes, { ...headers, 'content-encoding': encoding })
  }
  const bytes = await read(file)
  return bytes && answer(c, bytes, headers)
}

/** Hashed names never change; everything else is asked for anew each time. */
const cacheOf = (path: string) => (path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')

/** Addresses of screens, not of files. A person's name may hold a dot, so only endings of files we know count. */
function isScreen(c: Context): boolean {
  const navigates =
    c.req.header('sec-fetch-mode') === 'navigate' || (c.req.header('accept') ?? '').includes('text/html')
  return navigates && !c.req.path.startsWith('/assets/') && !(extname(c.req.path) in TYPES)
}

/** `deployment` gives the deployment file's text. */
export function createWebApp(dist: string, deployment: () => Promise<string>): Hono {
  const app = new Hono()
  app.use(async (c, next) => {
    const file = readDeployment(await deployment())
    if (!file.ok) throw new Error(`deployment file: ${file.reason}`)
    await next()
    const headers = { ...SECURITY, 'content-security-policy': contentSecurityPolicy(file.value) }
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value)
  })
  app.get('/notanker.json', async (c) => {
    const headers = { 'content-type': TYPES['.json']!, 'cache-control': 'no-cache' }
    return answer(c, Buffer.from(await deployment()), headers)
  })
  app.get('*', async (c) => {
    const path = c.req.path === '/' ? '/index.html' : c.req.path
    const file = inside(dist, path)
    const found = file ? await serveFile(c, file, cacheOf(path)) : null
    const fallback = found ?? (isScreen(c) ? await serveFile(c, join(dist, 'index.html'), 'no-cache') : null)
    return fallback ?? c.text('Not found', 404, { 'cache-control': 'no-store' })
  })
  return app
}

export interface WebHost {
  stop(): Promise<void>
}

/** Throws Trouble when the port is taken. */
export function startWebHost(app: Hono, port: number): Promise<WebHost> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port }, () => {
      resolve({
        stop: () =>
          new Promise((stopped) => {
            server.close(() => stopped())
            if ('closeAllConnections' in server) server.closeAllConnections()
          }),
      })
    })
    server.once('error', (cause: Error) => reject(new Trouble(`Port ${port} is taken by another program.`, cause)))
  })
}
