/** A deployment with everything around it that a phone needs to ring here: push service stand-in, notification daemon. */
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDeployment, type DeploymentOptions, type RunningDeployment } from '../../src/stack/deployment.ts'
import { freeBase } from './ports.ts'
import { startNotificationDaemon, type NotificationDaemon } from './notification-daemon.ts'
import { startPushService, type PushService } from './push-service.ts'

export interface Crisis {
  /** The servers as they run now. */
  readonly deployment: RunningDeployment
  origin: string
  push: PushService
  daemon: NotificationDaemon
  password(person: string): string
  /** Ends every server, web host included: nothing that the app knows answers any more. */
  stopServers(): Promise<void>
  /** Starts them again with what they had. */
  startServers(): Promise<void>
  stop(): Promise<void>
}

/** The servers' logs of the last run, for whoever looks why something failed. */
async function keepLogs(data: string): Promise<void> {
  const logs = ['a/homeserver.log', 'a/relay.log', 'b/homeserver.log', 'b/relay.log', 'witness/relay.log']
  await mkdir('test-results', { recursive: true })
  const copy = (name: string) => copyFile(join(data, name), join('test-results', name.replace('/', '-')))
  await Promise.allSettled(logs.map(copy))
}

export async function startCrisis(options: Partial<DeploymentOptions> = {}): Promise<Crisis> {
  const data = await mkdtemp(join(tmpdir(), 'notanker-e2e-'))
  const [push, daemon] = await Promise.all([startPushService(), startNotificationDaemon()])
  const close = () => Promise.all([push.close(), daemon.close(), rm(data, { recursive: true, force: true })])
  try {
    const port = await freeBase()
    const start = () =>
      startDeployment({
        data,
        port,
        push: { push_hosts: [push.host] },
        extraEnv: { NODE_EXTRA_CA_CERTS: push.caFile },
        ...options,
      })
    let deployment = await start()
    return {
      get deployment() {
        return deployment
      },
      origin: deployment.deployment.app,
      push,
      daemon,
      password: (person) => deployment.describe().accounts.find((a) => a.person === person)!.password,
      stopServers: () => deployment.stop(),
      async startServers() {
        deployment = await start()
      },
      async stop() {
        await deployment.stop()
        await keepLogs(data)
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}
