/**
 * The smallest app that can be pushed to, at an origin that browsers take for secure: proves the test infrastructure
 * without the app under test, and the worker under test without the app.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const PAGE = `<!doctype html><meta name=viewport content=width=device-width><title>mini</title>
<button>subscribe</button><output></output><script type="module">
const output = document.querySelector('output')
document.querySelector('button').onclick = async () => {
  try {
    await Notification.requestPermission()
    await navigator.serviceWorker.register('/sw.js')
    const { pushManager } = await navigator.serviceWorker.ready
    const key = new URLSearchParams(location.search).get('key')
    const made = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })
    output.textContent = JSON.stringify(made)
  } catch (error) {
    output.textContent = String(error)
  }
}
</script>`

const WORKER = `
addEventListener('push', (event) => event.waitUntil(registration.showNotification(event.data.text(), { tag: 'mini' })))
addEventListener('notificationclick', (event) => event.waitUntil(clients.openWindow('/clicked')))
`

export interface MiniApp {
  origin: string
  /** Scripts, and other files by path; may be changed at any time. Every other path is the page. */
  files: Record<string, string>
  /** Paths whose next download breaks off in the middle. */
  cut: Set<string>
  /** How often each path was asked for. */
  asked: Map<string, number>
  close(): Promise<void>
}

const TYPES: Record<string, string> = { js: 'text/javascript', json: 'application/json' }

function send(response: ServerResponse, path: string, body: string, broken: boolean): void {
  const type = TYPES[path.split('.').at(-1)!] ?? 'text/html'
  const bytes = Buffer.from(body)
  response.writeHead(200, { 'content-type': type, 'content-length': bytes.length, 'cache-control': 'no-cache' })
  if (!broken) return void response.end(bytes)
  response.write(bytes.subarray(0, bytes.length / 2), () => response.socket?.resetAndDestroy())
}

export async function startMiniApp(more: Record<string, string> = {}): Promise<MiniApp> {
  const files: Record<string, string> = { '/sw.js': WORKER, ...more }
  const cut = new Set<string>()
  const asked = new Map<string, number>()
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    asked.set(path, (asked.get(path) ?? 0) + 1)
    send(response, path, files[path] ?? PAGE, cut.delete(path))
  })
  const listening = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', listening.resolve)
  await listening.promise
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    files,
    cut,
    asked,
    close() {
      server.closeAllConnections()
      const closed = Promise.withResolvers<void>()
      server.close(() => closed.resolve())
      return closed.promise
    },
  }
}
