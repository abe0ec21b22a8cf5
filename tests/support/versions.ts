/**
 * The built app in several versions, as a web host serves them one after the other: by the real host, from a folder that
 * can be changed, through a door behind which things go wrong.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { build } from 'vite'
import { createWebApp } from '../../src/stack/web-host.ts'

/** Builds this tree as the given version. Every chunk gets a name of its own, as if all of the source had changed. */
async function buildVersion(version: string, outDir: string): Promise<void> {
  const chunkFileNames = `assets/[name]-[hash]-${version}.js`
  const before = process.env['NODE_ENV']
  process.env['NODE_ENV'] = 'production'
  try {
    await build({
      logLevel: 'warn',
      define: { __APP_VERSION__: JSON.stringify(version) },
      build: { outDir, emptyOutDir: true, rolldownOptions: { output: { chunkFileNames } } },
    })
  } finally {
    process.env['NODE_ENV'] = before
  }
}

/** What a request for a path gets instead of the file; `gone`: the connection is closed without a word. */
export type Fault = 'cut' | 'gone' | 'missing' | 'portal' | 'bad gateway'

export interface VersionHost {
  readonly origin: string
  /** The version that is served from now on. */
  serve(version: string): void
  /** Faults by a part of the path; stays until it is deleted. */
  readonly faults: Map<string, Fault>
  /** Paths that met a fault. */
  readonly hit: Set<string>
  close(): Promise<void>
}

const PORTAL = '<!doctype html><title>Log in</title>'

/** Half of the file, then the connection breaks. */
function cut(response: ServerResponse): void {
  const end = response.end.bind(response)
  response.write = ((chunk: Uint8Array) => {
    end(chunk.subarray(0, Math.floor(chunk.length / 2)))
    return true
  }) as typeof response.write
  response.end = (() => {
    response.socket?.resetAndDestroy()
    return response
  }) as typeof response.end
}

function answerFault(fault: Exclude<Fault, 'cut' | 'gone'>, response: ServerResponse): void {
  const [status, body] = { missing: [404, ''], portal: [200, PORTAL], 'bad gateway': [502, PORTAL] }[fault] as [
    number,
    string,
  ]
  // As long as it likes: a browser that believes it never asks again.
  response.writeHead(status, { 'content-type': 'text/html', 'cache-control': 'max-age=3600' }).end(body)
}

/** `deployment`: the deployment file, with the host's own address. */
export async function startVersionHost(
  versions: readonly string[],
  deployment: (origin: string) => unknown,
): Promise<VersionHost> {
  const folder = await mkdtemp(join(tmpdir(), 'notanker-versions-'))
  for (const version of versions) await buildVersion(version, join(folder, version))
  const faults = new Map<string, Fault>()
  const hit = new Set<string>()
  let origin = ''
  const file = () => Promise.resolve(JSON.stringify(deployment(origin)))
  const apps = new Map(versions.map((v) => [v, getRequestListener(createWebApp(join(folder, v), file).fetch)]))
  let current = apps.get(versions[0]!)!

  const server: Server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const fault = [...faults].find(([part]) => pathname.includes(part))?.[1]
    if (fault) hit.add(pathname)
    if (fault === 'gone') return void request.socket.destroy()
    if (fault && fault !== 'cut') return answerFault(fault, response)
    if (fault) cut(response)
    void current(request, response)
  })
  const listening = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', listening.resolve)
  await listening.promise
  origin = `http://localhost:${(server.address() as AddressInfo).port}`
  return {
    origin,
    serve: (version) => void (current = apps.get(version)!),
    faults,
    hit,
    async close() {
      server.closeAllConnections()
      await new Promise((stopped) => server.close(stopped))
      await rm(folder, { recursive: true, force: true })
    },
  }
}
