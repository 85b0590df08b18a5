// A small shop on a PostgreSQL cluster: orders are taken exactly once and are read by their customers right after,
// through failovers. All configuration is in the environment (README.md), errors say whether asking again is safe, and
// SIGTERM lets requests finish.
// Not here: who a customer is; a real shop would keep the session's text in what it keeps for a login.
import {randomUUID} from 'node:crypto'
import Fastify, {type FastifyReply, type FastifyRequest} from 'fastify'
import {register} from 'prom-client'
import {commitTokenTable, Router, RouterError, Session, type TopologyOptions} from '../../src/router/index.ts' // in an application: 'pg-highload-lab/router'
import {observeWithPrometheus} from '../../src/router/observe/prometheus.ts' // 'pg-highload-lab/router/prometheus'

const {
  HOST: host = '127.0.0.1',
  PORT: port = '3000',
  POOL_MAX: max = '10',
  DEADLINE_MS: deadline = '30000',
} = process.env
/** Longer than a failover takes: a request that waits for one is slow, and succeeds. */
const deadlineMs = Number(deadline)
const schema = `${commitTokenTable()}
CREATE TABLE IF NOT EXISTS orders (id uuid PRIMARY KEY, request_key text NOT NULL UNIQUE, customer text NOT NULL, cents integer NOT NULL CHECK (cents > 0));`

interface Order {
  readonly customer: string
  readonly cents: number
}

const app = Fastify({logger: true})
const router = new Router({
  topology: topologyOf(process.env),
  max: Number(max),
  deadlineMs,
  waitMs: deadlineMs,
  application_name: 'fastify-shop',
})
const observation = observeWithPrometheus(router)
router.events.on('primary', event => app.log.info(event, 'primary'))
router.events.on('primary-lost', event => app.log.warn(event, 'primary lost'))
// After the last request is answered.
app.addHook('onClose', async () => {
  observation.stop()
  await router.end()
})

const orderBody = {
  type: 'object',
  required: ['customer', 'cents'],
  properties: {customer: {type: 'string', minLength: 1}, cents: {type: 'integer', minimum: 1}},
}
const keyHeader = {
  type: 'object',
  required: ['idempotency-key'],
  properties: {'idempotency-key': {type: 'string', minLength: 8, maxLength: 200}},
}

app.post<{Body: Order; Headers: {'idempotency-key': string}}>(
  '/orders',
  {schema: {body: orderBody, headers: keyHeader}},
  async (request, reply) => {
    const {
      body: {customer, cents},
      headers: {'idempotency-key': key},
    } = request
    const session = sessionOf(request)
    const id = randomUUID()
    const {route} = await router.transaction(
      client => client.query('INSERT INTO orders VALUES ($1, $2, $3, $4)', [id, key, customer, cents]),
      {idempotencyKey: key, session},
    )
    keepSession(reply, session)
    if (route.settled === null) return reply.code(201).send({id})
    // An earlier request with this key, or an earlier try of this one, made the order.
    const {rows} = await router.read<{id: string}>('SELECT id FROM orders WHERE request_key = $1', [key], {
      from: 'primary',
    })
    return reply.code(200).send({id: rows[0]?.id})
  },
)

app.get<{Params: {id: string}}>(
  '/orders/:id',
  {schema: {params: {type: 'object', properties: {id: {type: 'string', format: 'uuid'}}}}},
  async (request, reply) => {
    // Who just ordered sees the order; everybody else may read from a standby that is a little behind.
    const {rows, route} = await router.read(
      'SELECT id, customer, cents FROM orders WHERE id = $1',
      [request.params.id],
      {session: sessionOf(request)},
    )
    reply.header('x-served-by', `${route.node} ${route.role}`)
    return rows[0] === undefined ? reply.code(404).send({error: 'no such order'}) : rows[0]
  },
)

/** Ready for writes. While a failover is under way requests wait, so a load balancer should be slow to act on it. */
app.get('/health', async (_request, reply) => {
  const topology = router.topology()
  return reply.code(topology.primary === null ? 503 : 200).send({...topology, waiting: router.waitingCount})
})

app.get('/metrics', async (_request, reply) => reply.type(register.contentType).send(await register.metrics()))

app.setErrorHandler((error, request, reply) => {
  if (!(error instanceof RouterError)) return reply.send(error)
  request.log.error(error)
  // Every write here has an idempotency key: even one of unknown outcome may be asked for again.
  return reply
    .code(503)
    .header('retry-after', '1')
    .send({error: error.code, outcome: error.outcome, hint: 'ask again with the same idempotency-key'})
})

for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => void app.close())
await router.query(schema)
await app.listen({host, port: Number(port)})

/** What this customer has written so far, from the cookie; an empty one for a newcomer. */
function sessionOf({headers: {cookie = ''}}: FastifyRequest): Session {
  return Session.from(/(?:^|; )seen=([^;]*)/.exec(cookie)?.[1])
}

function keepSession(reply: FastifyReply, session: Session): void {
  if (session.token !== null) reply.header('set-cookie', `seen=${session.toString()}; Path=/; HttpOnly; SameSite=Lax`)
}

function topologyOf({PATRONI_URLS: urls, PG_HOSTS: hosts = 'localhost:5432'}: NodeJS.ProcessEnv): TopologyOptions {
  return urls === undefined ? {hosts: hosts.split(',')} : {patroni: urls.split(',')}
}
