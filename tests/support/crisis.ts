/** A deployment with everything around it that a phone needs to ring here: push service stand-in, notification daemon. */
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startDeployment, type DeploymentOptions, type RunningDeployment } from '../../src/stack/deployment.ts'
import { freeBase } from '../../src/stack/ports.ts'
import { startNotificationDaemon, type NotificationDaemon } from './notification-daemon.ts'
import { startPushService, type PushService } from './push-service.ts'

export interface Crisis {
  deployment: RunningDeployment
  origin: string
  push: PushService
  daemon: NotificationDaemon
  password(person: string): string
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
    const deployment = await startDeployment({
      data,
      port: await freeBase(),
      push_hosts: [push.host],
      extraEnv: { NODE_EXTRA_CA_CERTS: push.caFile },
      ...options,
    })
    return {
      deployment,
      origin: deployment.deployment.app,
      push,
      daemon,
      password: (person) => deployment.describe().accounts.find((a) => a.person === person)!.password,
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
