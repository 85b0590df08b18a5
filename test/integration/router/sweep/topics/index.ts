// All topics of the sweep. For tests only.
import type {Topic} from '../case.ts'
import {ddl, materialized, nodeLater} from './definition.ts'
import {copying, cursors} from './delivery.ts'
import {raised, serverErrors} from './errors.ts'
import {combinations, hidden} from './functions.ts'
import {ofOneNode, sequences, transactionNumbers} from './one-node.ts'
import {parameters, selectForms} from './select.ts'
import {advisory, notifications, prepared, settings, temporary} from './session.ts'
import {large, multiple, transactions} from './transactions.ts'
import {cteWrites, dml, locking} from './write.ts'

export const topics: readonly Topic[] = [
  selectForms,
  parameters,
  dml,
  cteWrites,
  locking,
  ddl,
  materialized,
  nodeLater,
  combinations,
  hidden,
  raised,
  serverErrors,
  sequences,
  ofOneNode,
  transactionNumbers,
  temporary,
  settings,
  cursors,
  copying,
  prepared,
  notifications,
  advisory,
  transactions,
  multiple,
  large,
]
