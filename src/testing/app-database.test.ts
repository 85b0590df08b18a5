import {describe, expect, it} from 'vitest'
import type {Cluster} from '../model/ports.ts'
import {applyMigrations, migrationScript, resetDatabase} from './app-database.ts'

function clusterThat(answers: (stdin: string) => {readonly exitCode: number; readonly stderr: string}) {
  const asked: string[] = []
  const exec: Cluster['exec'] = async (_node, argv, {stdin = ''}) => {
    asked.push(`${argv[argv.indexOf('-d') + 1] ?? ''}: ${stdin}`)
    return {stdout: '', ...answers(stdin)}
  }
  return {asked, cluster: {lab: 'lab', exec} as unknown as Cluster}
}
const fine = {exitCode: 0, stderr: ''}

describe('a migration of the application', () => {
  it('runs as the owner of the schema, in one transaction', () =>
    expect(migrationScript('CREATE TABLE t (id int)')).toBe(
      'SET client_min_messages = warning;\nSET ROLE hl_migrations;\nBEGIN;\nCREATE TABLE t (id int)\n;COMMIT;\n',
    ))

  it('that says so runs outside of one', () =>
    expect(migrationScript('-- hl: no-transaction\r\nCREATE INDEX CONCURRENTLY i ON t (id)')).not.toContain('BEGIN'))

  it('that fails names its file, and those after it are not run', async () => {
    const {cluster, asked} = clusterThat(sql => (sql.includes('bad') ? {exitCode: 3, stderr: 'ERROR:  no'} : fine))
    const files = ['good', 'bad', 'late'].map(sql => ({name: `${sql}.sql`, sql}))
    await expect(applyMigrations(cluster, 'pg1', files)).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: 'bad.sql: ERROR:  no',
    })
    expect(asked).toHaveLength(2)
  })
})

describe('a reset', () => {
  it('has the new database before the old one goes', async () => {
    const {cluster, asked} = clusterThat(() => fine)
    await resetDatabase(cluster, 'pg1')
    const [rollBack = '', script = ''] = asked
    expect(rollBack).toContain('ROLLBACK PREPARED')
    expect(script.startsWith('postgres: ')).toBe(true)
    expect(script.indexOf('CREATE DATABASE hl_next')).toBeLessThan(script.indexOf('DROP DATABASE IF EXISTS hl WITH'))
  })

  it('that the server refuses says why', async () => {
    const {cluster} = clusterThat(() => ({exitCode: 3, stderr: 'ERROR:  there is 1 prepared transaction'}))
    await expect(resetDatabase(cluster, 'pg1')).rejects.toMatchObject({
      code: 'STATEMENT_FAILED',
      message: expect.stringContaining('prepared transaction'),
    })
  })
})
