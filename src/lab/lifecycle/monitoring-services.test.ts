import {describe, expect, it} from 'vitest'
import type {ContainerFacts} from '../docker/parse-docker.ts'
import {asObject, parseJson} from '../read-json.ts'
import {describeLab} from './lab-description.ts'
import {
  alertmanagerConfig,
  checkWebhook,
  monitoringBase,
  monitoringCompose,
  monitoringOf,
  monitoringPorts,
  prometheusConfig,
  webhookOf,
  type MonitoringPlan,
} from './monitoring-services.ts'
import {monitoringFiles} from './package-files.ts'

const files = await monitoringFiles()
const url = 'https://alerts.example.net/hook?key=a$b'
const planOf = (more: Partial<MonitoringPlan> = {}): MonitoringPlan => ({
  lab: 'shop',
  subnetPrefix: '10.231.7',
  portBase: 24_360,
  via: 'container',
  webhook: url,
  files,
  ...more,
})
const read = (plan: MonitoringPlan, name: string) =>
  asObject(asObject(asObject(parseJson(monitoringCompose(plan), 'c'), 'c')['services'], 's')[name], name)

/** As Docker tells of what the plan made. */
function made(plan: MonitoringPlan) {
  const containers = ['prometheus', 'alertmanager'].map((name): ContainerFacts => {
    const service = read(plan, name) as {
      readonly labels: Readonly<Record<string, string>>
      readonly networks: {readonly lab: {readonly ipv4_address: string}}
      readonly ports: readonly string[]
    }
    const [, hostPort = '', containerPort = ''] = service.ports[0]?.split(':') ?? []
    return {
      id: name,
      name: `hl-shop-${name}-1`,
      status: 'running',
      labels: Object.fromEntries(
        Object.entries(service.labels).map(([key, text]) => [key, text.replaceAll('$$', '$')]),
      ),
      environment: {},
      address: service.networks.lab.ipv4_address,
      ports: [{hostPort: Number(hostPort), containerPort: Number(containerPort)}],
    }
  })
  return describeLab('shop', containers)
}

describe('what is made', () => {
  it('is found again by its labels: by addresses, by ports, with where alerts go but not their key', () => {
    expect(monitoringOf(made(planOf()), 'container')).toEqual({
      prometheus: 'http://10.231.7.51:9090',
      alertmanager: 'http://10.231.7.52:9093',
      exporter: {host: '10.231.7.1', port: 24_363},
      alertsTo: 'https://alerts.example.net',
    })
    const published = made(planOf({via: 'published', webhook: null}))
    expect(monitoringOf(published, 'published')).toEqual({
      prometheus: 'http://127.0.0.1:24361',
      alertmanager: 'http://127.0.0.1:24362',
      exporter: {host: '127.0.0.1', port: 24_363},
      alertsTo: null,
    })
    expect(webhookOf(made(planOf()))).toBe(url)
    expect(webhookOf(published)).toBeNull()
    expect(monitoringBase(published)).toBe(24_360)
    expect(monitoringPorts(24_360)).toEqual([24_361, 24_362, 24_363])
  })
  it('is the same when it is made again, so that nothing is replaced', () =>
    expect(
      monitoringCompose(planOf({webhook: webhookOf(made(planOf())), portBase: monitoringBase(made(planOf())) ?? 0})),
    ).toBe(monitoringCompose(planOf())))
  it('of a lab without it is nothing', () => {
    expect(monitoringOf(describeLab('shop', []), 'container')).toBeNull()
    expect(monitoringBase(describeLab('shop', []))).toBeNull()
    const half = describeLab('shop', [])
    expect(monitoringOf({...half, services: made(planOf()).services.slice(0, 1)}, 'container')).toBeNull()
  })
  it('carries the rules that are shipped, each in a file of its own', () => {
    const environment = asObject(read(planOf(), 'prometheus')['environment'], 'environment')
    const held = Object.values(environment).map(text => String(text).replaceAll('$$', '$'))
    for (const [name, text] of Object.entries(files.rules)) expect(held).toContain(`rules/${name}\n${text}`)
    expect(Object.keys(files.rules).length).toBeGreaterThan(2)
  })
  it('reaches this machine by one name, and holds nothing that it does not need', () => {
    for (const name of ['prometheus', 'alertmanager'])
      expect(read(planOf(), name)).toMatchObject({
        cap_drop: ['ALL'],
        extra_hosts: {'host.docker.internal': '10.231.7.1', 'alertmanager': '10.231.7.52'},
        labels: {'hl.lab': 'shop', 'hl.service': name},
      })
    expect(read(planOf({via: 'published'}), 'prometheus')).toMatchObject({
      extra_hosts: {'host.docker.internal': 'host-gateway'},
    })
  })
})

describe('the shipped configuration', () => {
  it('gets where exporter and Alertmanager are, and keeps the rest', () => {
    const config = prometheusConfig(files.prometheus, 24_363)
    expect(config).toContain("targets: ['host.docker.internal:24363']")
    expect(config).toContain("targets: ['alertmanager:9093']")
    expect(config).not.toContain('127.0.0.1:9488')
    expect(config).toContain('scrape_interval: 15s')
  })
  it('gets the webhook, or loses the one that it has', () => {
    expect(alertmanagerConfig(files.alertmanager, url)).toContain(
      `webhook_configs: [{url: "${url}", send_resolved: true}]`,
    )
    expect(alertmanagerConfig(files.alertmanager, url)).not.toContain('9094')
    const none = alertmanagerConfig(files.alertmanager, null)
    expect(none).not.toContain('webhook_configs')
    expect(none).toContain('- name: people')
  })
})

describe('a webhook', () => {
  it.each(['http://host.docker.internal:9094/', url, 'http://10.231.7.1:80'])('%s is taken', webhook =>
    expect(() => checkWebhook(webhook)).not.toThrow(),
  )
  it.each([
    ['alerts.example.net', 'no URL of HTTP'],
    ['ftp://x/', 'no URL of HTTP'],
    ['http://localhost:9094/', "Alertmanager's own container"],
    ['http://127.0.0.1/', "Alertmanager's own container"],
    ['http://[::1]:1/', "Alertmanager's own container"],
  ])('%s is refused', (webhook, why) => expect(() => checkWebhook(webhook)).toThrow(why))
})
