/** The SDK's client, cut down to what we use of it: the `/sync` loop. */
import {
  ClientEvent,
  createClient,
  Filter,
  HttpApiEvent,
  MatrixError,
  MemoryStore,
  SyncState as SdkState,
  type ISyncResponse,
  type MatrixClient,
} from 'matrix-js-sdk'
import type { Account } from '../core/ports.ts'
import type { filterOf } from './filter.ts'
import { sdkFetch } from './sdk-fetch.ts'
import { silence } from './silence.ts'

const LONG_POLL_MS = 25_000
const REQUEST_MS = 15_000

export interface SyncEnds {
  /** Where to go on; null: from the start. */
  since: string | null
  /** Takes an answer; the next one is not asked for before. Must not throw: it would end the loop. */
  take(answer: ISyncResponse): Promise<void>
}

/** What the SDK asks its store for, answered by the projection. The SDK's own stores know another position than ours. */
class SyncStore extends MemoryStore {
  readonly #ends: SyncEnds
  filter: string | null = null
  constructor(ends: SyncEnds) {
    super()
    this.#ends = ends
    // Both ways: the first request asks for the saved one, a repetition of it for this one.
    if (ends.since !== null) this.setSyncToken(ends.since)
  }
  override getSavedSyncToken(): Promise<string | null> {
    return Promise.resolve(this.#ends.since)
  }
  override setSyncData(answer: ISyncResponse): Promise<void> {
    return this.#ends.take(answer)
  }
  override setFilterIdByName(name: string, id?: string): void {
    super.setFilterIdByName(name, id)
    this.filter = id ?? null
  }
}

export interface SyncEvents {
  state(state: SdkState, error?: Error): void
  /** The session has ended, or the account is locked. */
  signedOut(): void
}

/** Starts the loop; returns its end, after which no request is out. */
export function startSync(
  account: Account,
  definition: ReturnType<typeof filterOf>,
  ends: SyncEnds,
  on: SyncEvents,
): () => void {
  const stopped = new AbortController()
  const store = new SyncStore(ends)
  const client: MatrixClient = createClient({
    baseUrl: account.homeserver,
    userId: account.user,
    deviceId: account.device,
    accessToken: account.access_token,
    store,
    disableVoip: true,
    localTimeoutMs: REQUEST_MS,
    logger: silence,
    fetchFn: sdkFetch(() => store.filter, stopped.signal),
  })
  client.on(ClientEvent.Sync, (state, _before, data) => {
    // The SDK would go on asking: it knows of ended sessions only.
    if (data?.error instanceof MatrixError && data.error.errcode === 'M_USER_LOCKED') on.signedOut()
    else on.state(state, data?.error)
  })
  client.on(HttpApiEvent.SessionLoggedOut, () => on.signedOut())
  const filter = new Filter(account.user)
  filter.setDefinition(definition)
  void client.startClient({ filter, disablePresence: true, pollTimeout: LONG_POLL_MS })
  return () => {
    client.removeAllListeners()
    client.stopClient()
    client.http.abort()
    stopped.abort()
  }
}

export { SdkState }
