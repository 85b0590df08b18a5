// A webhook of Alertmanager's, in the test's own process: what fires now, and what ever fired. For tests only.
import {createServer, type IncomingMessage} from 'node:http'
import type {AddressInfo} from 'node:net'

export interface AlertHook {
  /** As a container reaches it. */
  readonly url: string
  /** Names of what fires now, by what arrived last; without the watchdog. */
  firing(): readonly string[]
  /** How often the watchdog arrived. */
  watchdogs(): number
  /** From here on `fired` tells. */
  mark(): void
  fired(): readonly string[]
  close(): void
}

interface Delivery {
  readonly alerts: readonly {
    readonly status: 'firing' | 'resolved'
    readonly fingerprint: string
    readonly labels: Readonly<Record<string, string>>
  }[]
}

const watchdog = 'HlWatchdog'

/** Listens on all addresses: containers reach this machine by that of their bridge. */
export async function listenForAlerts(): Promise<AlertHook> {
  const now = new Map<string, string>()
  let ever = new Set<string>()
  let dogs = 0
  const take = ({alerts}: Delivery): void => {
    for (const {status, fingerprint, labels} of alerts) {
      const name = labels['alertname'] ?? '?'
      if (name === watchdog) dogs += 1
      else if (status === 'resolved') now.delete(fingerprint)
      else {
        now.set(fingerprint, name)
        ever.add(name)
      }
    }
  }
  const server = createServer((request, response) => {
    void bodyOf(request).then(body => {
      take(JSON.parse(body) as Delivery)
      response.end()
    })
  })
  await new Promise<void>(resolve => server.listen(0, '0.0.0.0', resolve))
  server.unref()
  const {port} = server.address() as AddressInfo
  const firing = (): readonly string[] => [...new Set(now.values())].toSorted()
  return {
    url: `http://host.docker.internal:${port}/`,
    firing,
    watchdogs: () => dogs,
    mark: () => {
      ever = new Set(firing())
    },
    fired: () => [...ever].toSorted(),
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}
