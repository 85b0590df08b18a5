// A small shop over shards: users are spread over clusters by their id, an order is on the shard of its user and is
// found by its own id alone. Orders are taken exactly once, through a failover of any shard. All configuration is in
// the environment (README.md). Not here: tables and map (`hl up --shards 2`), who a user is.
import {webcrypto} from 'node:crypto'
import Fastify, {type FastifyReply, type FastifyRequest} from 'fastify'
import {register} from 'prom-client'
import {RouterError, Session} from '../../src/router/index.ts' // in an application: 'pg-highload-lab/router'
import {ShardedPool, ShardError, slotOf, slotOfUuid, timeIds, uuidSource} from '../../src/shards/index.ts' // 'pg-highload-lab/shards'
import {observeShardsWithPrometheus} from '../../src/shards/observe/prometheus.ts' // 'pg-highload-lab/shards/prometheus'

const {
  HOST: host = '127.0.0.1',
  PORT: port = '3000',
  PROCESS_NUMBER: processNumber = '0',
  DEADLINE_MS: deadline = '30000',
} = process.env
/** Longer than a failover takes: a request that waits for one is slow, and succeeds. */
const deadlineMs = Number(deadline)
/** Each process of the shop has a number of its own, 0 to 63. */
const nextId = timeIds({node: Number(processNumber), nowMs: Date.now})
const uuids = uuidSource({nowMs: Date.now, fillRandom: bytes => webcrypto.getRandomValues(bytes)})

const app = Fastify({logger: true})
const shop = new ShardedPool({
  shards: shardsOf(process.env['SHARDS'] ?? 's1=localhost:5432'),
  deadlineMs,
  waitMs: deadlineMs,
  application_name: 'sharded-shop',
})
const observation = observeShardsWithPrometheus(shop)
shop.events.on('map', ({epoch}) => app.log.info({epoch}, 'map of the shards'))
shop.events.on('standing', (shard, {kind, reason}) => app.log.info({shard, kind, reason}, 'standing'))
// After the last request is answered.
app.addHook('onClose', async () => {
  observation.stop()
  await shop.end()
})

const user = {type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER}
const userBody = {type: 'object', required: ['email'], properties: {email: {type: 'string', pattern: '.@.'}}}
const orderBody = {
  type: 'object',
  required: ['user', 'cents'],
  properties: {user, cents: {type: 'integer', minimum: 1}},
}
const keyHeader = {
  type: 'object',
  required: ['idempotency-key'],
  properties: {'idempotency-key': {type: 'string', minLength: 8, maxLength: 200}},
}
const orderParams = {type: 'object', properties: {id: {type: 'string', format: 'uuid'}}}

app.post<{Body: {readonly email: string}}>('/users', {schema: {body: userBody}}, async (request, reply) => {
  const id = nextId()
  const {route} = await shop.query('INSERT INTO users (user_id, email) VALUES ($1, $2)', [id, request.body.email])
  return reply.code(201).header('x-served-by', route.shards.join()).send({id})
})

interface Order {
  readonly user: number
  readonly cents: number
}

app.post<{Body: Order; Headers: {'idempotency-key': string}}>(
  '/orders',
  {schema: {body: orderBody, headers: keyHeader}},
  async (request, reply) => {
    const {
      body: {user: owner, cents},
      headers: {'idempotency-key': key},
    } = request
    const ofUser = shop.forKey(owner)
    const session = sessionOf(request, (await ofUser.place()).shard)
    // The slot of its user is in the id.
    const id = uuids.v8(slotOf('int8', owner))
    const {rowCount, route} = await ofUser.write(
      `INSERT INTO orders (user_id, order_id, request_key, currency, amount) VALUES ($1, $2, $3, 'EUR', $4)
       ON CONFLICT (user_id, request_key) DO NOTHING`,
      [owner, id, key, cents],
      // Should the answer be lost, this tells whether the order was placed.
      {session, proof: {text: 'SELECT 1 FROM orders WHERE user_id = $1 AND order_id = $2', values: [owner, id]}},
    )
    keepSession(reply, session, (await ofUser.place()).shard)
    reply.header('x-served-by', `${route.node} ${route.role}`)
    if (rowCount === 1 || route.settled === 'found') return reply.code(201).send({id})
    const {rows} = await ofUser.read<{id: string}>(
      'SELECT order_id AS id FROM orders WHERE user_id = $1 AND request_key = $2',
      [owner, key],
      {from: 'primary'},
    )
    return reply.code(200).send({id: rows[0]?.id})
  },
)

app.get<{Params: {id: string}}>('/orders/:id', {schema: {params: orderParams}}, async (request, reply) => {
  const {id} = request.params
  const shard = (await shop.ready()).ownerOf(slotOfUuid(id))
  // Who just ordered sees the order; everybody else may read from a standby that is a little behind.
  const {rows, route} = await shop
    .onShard(shard)
    .read(`SELECT order_id AS id, user_id AS "user", amount AS cents FROM orders WHERE order_id = $1`, [id], {
      session: sessionOf(request, shard),
    })
  reply.header('x-served-by', `${route.node} ${route.role}`)
  return rows[0] === undefined ? reply.code(404).send({error: 'no such order'}) : rows[0]
})

/** Of all shards; without the one that is down, and it says so. */
app.get('/totals', async () => {
  const {rows, route} = await shop.query(
    'SELECT count(*)::int AS orders, coalesce(sum(amount), 0) AS cents FROM orders',
    [],
    {partial: true},
  )
  return {...rows[0], missing: route.missingShards}
})

app.get('/metrics', async (_request, reply) => reply.type(register.contentType).send(await register.metrics()))

app.setErrorHandler((error, request, reply) => {
  if (error instanceof ShardError && error.code === 'KEY_INVALID') return reply.code(404).send({error: 'no such id'})
  if (!(error instanceof ShardError) && !(error instanceof RouterError)) return reply.send(error)
  request.log.error(error)
  // Every order has an idempotency key: even one of unknown outcome may be asked for again.
  return reply
    .code(503)
    .header('retry-after', '1')
    .send({error: error.code, hint: 'ask again with the same idempotency-key'})
})

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => void app.close())
await shop.ready()
await app.listen({host, port: Number(port)})

/** What this user has written so far, from the cookie of the shard; an empty one for a newcomer. */
function sessionOf({headers: {cookie = ''}}: FastifyRequest, shard: string): Session {
  return Session.from(new RegExp(`(?:^|; )seen-${shard}=([^;]*)`).exec(cookie)?.[1])
}

function keepSession(reply: FastifyReply, session: Session, shard: string): void {
  if (session.token !== null)
    reply.header('set-cookie', `seen-${shard}=${session.toString()}; Path=/; HttpOnly; SameSite=Lax`)
}

/** `s1=host:5432,host:5432 s2=host:5432,…`, the nodes of each. */
function shardsOf(text: string): Readonly<Record<string, {readonly hosts: readonly string[]}>> {
  const shards = text.split(/\s+/).filter(part => part !== '')
  return Object.fromEntries(
    shards.map(shard => {
      const [name = '', hosts = ''] = shard.split('=')
      return [name, {hosts: hosts.split(',')}]
    }),
  )
}
