/** The deployment file: from the network when that answers soon with a real one, else the last good copy. */
import { readDeployment } from '../core/deployment.ts'

const CACHE = 'notanker-deployment'
/** How long the network may take before the copy does, ms. */
const PATIENCE = 5_000

export function isDeploymentFile(url: string, origin: string): boolean {
  const asked = new URL(url)
  return asked.origin === origin && asked.pathname === '/notanker.json'
}

async function fromNetwork(request: Request, ask: typeof fetch): Promise<Response | null> {
  try {
    return await ask(request, { cache: 'no-cache', signal: AbortSignal.timeout(PATIENCE) })
  } catch {
    return null
  }
}

/** Only a body that reads as a deployment file is kept: the log-in page of a hotel's network answers 200, too. */
async function readsAsDeployment(response: Response): Promise<boolean> {
  try {
    return response.ok && readDeployment(await response.clone().text()).ok
  } catch {
    return false
  }
}

export async function deploymentFile(request: Request, ask: typeof fetch = fetch): Promise<Response> {
  const [cache, answer] = await Promise.all([caches.open(CACHE), fromNetwork(request, ask)])
  if (answer && (await readsAsDeployment(answer))) {
    await cache.put('/notanker.json', answer.clone())
    return answer
  }
  return (await cache.match('/notanker.json')) ?? answer ?? Response.error()
}
