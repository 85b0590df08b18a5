import {expect, it} from 'vitest'
import {looksLikeSecret} from './secret-words.ts'

it.each([
  ['primary_conninfo', 'host=pg1 user=replicator password=hunter2', true],
  ['primary_conninfo', "password = 'hunter2'", true],
  ['primary_conninfo', 'postgres://replicator:hunter2@pg1/hl', true],
  ['archive_command', 'PGPASSWORD=hunter2 push %p', true],
  ['archive_command', 'curl -H "Authorization: Bearer x" --data-binary @%p https://store/%f', true],
  ['ssl_passphrase_command', 'echo hunter2', true],
  ['app.api_token', 'hunter2', true],
  ['work_mem', '8MB', false],
  ['password_encryption', 'scram-sha-256', false],
  ['primary_conninfo', 'host=pg1 user=replicator passfile=/run/pgpass', false],
  ['log_line_prefix', '%m [%p] %q%u@%d ', false],
  ['search_path', '"$user", public', false],
  ['synchronous_standby_names', 'ANY 1 (pg1, pg2)', false],
])('%s=%s: %s', (name, value, secret) => expect(looksLikeSecret(name, value)).toBe(secret))
