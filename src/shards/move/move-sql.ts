// What each shard keeps of a move, and the functions by which it changes. SQL as texts, nothing else. Invariants: the
// record is on source and destination from before the first change to after the last; whoever changes anything holds
// the record's row and is its runner (HL006 otherwise), so a process that was taken over changes nothing; flips of
// groups note the phase in their own transaction. While a record is there, sharded tables keep their form (HL007).
// Not here: flipping one group (../map/flip-sql.ts), the order of things (move-states.ts).
import {lockClass, markerLock} from '../map/advisory-locks.ts'
import {safely} from '../map/check-fence-sql.ts'
import {guardSql, moveTrigger, relationsOfMove} from './guard-move-sql.ts'

/** Where markers are told on the shard to which they come. */
export const markerChannel = 'hl_shards_move'

/** Of the records. Another one is another hl's, which alone can go on with it. */
export const moveVersion = 1

/** SQLSTATE: another process runs the move by now. */
const moveTaken = 'HL006'

/**
 * `relations`: tables, partitions and indexes of that moment; `form`: how they were (guard-move-sql.ts). `version`: of
 * the hl that began it. A pause is a row of its own, so that asking for one waits for nobody.
 */
const tables = `
CREATE TABLE IF NOT EXISTS hl_shards.move (
  one bool PRIMARY KEY DEFAULT true CHECK (one),
  id text NOT NULL CHECK (id ~ '^[a-z0-9]{1,16}$'),
  source text NOT NULL,
  destination text NOT NULL CHECK (destination <> source),
  groups int2[] NOT NULL CHECK (cardinality(groups) BETWEEN 1 AND 64),
  phase text NOT NULL,
  step int4 NOT NULL,
  runner uuid NOT NULL,
  began_at timestamptz NOT NULL DEFAULT now(),
  noted_at timestamptz NOT NULL DEFAULT now(),
  relations oid[] NOT NULL,
  form text,
  version int4
);
ALTER TABLE hl_shards.move ADD COLUMN IF NOT EXISTS form text, ADD COLUMN IF NOT EXISTS version int4;
CREATE TABLE IF NOT EXISTS hl_shards.move_marker (
  move text NOT NULL,
  side text NOT NULL CHECK (side IN ('source', 'destination')),
  number int8 NOT NULL,
  PRIMARY KEY (move, side, number)
);
CREATE TABLE IF NOT EXISTS hl_shards.move_pause (
  move text PRIMARY KEY,
  asked_at timestamptz NOT NULL DEFAULT now()
);
`

/**
 * Always: the apply worker writes as a replica, and the mover listens where markers come to. One writer at a time:
 * whoever compares writes markers beside whoever runs the move, whose fence must not fail by that.
 */
const marker = `
CREATE OR REPLACE FUNCTION hl_shards.tell_marker() RETURNS trigger LANGUAGE plpgsql ${safely} AS $tell$
BEGIN
  PERFORM pg_notify('${markerChannel}', format('%s %s %s', NEW.move, NEW.side, NEW.number));
  RETURN NULL;
END $tell$;
CREATE OR REPLACE TRIGGER tell AFTER INSERT ON hl_shards.move_marker FOR EACH ROW EXECUTE FUNCTION hl_shards.tell_marker();
ALTER TABLE hl_shards.move_marker ENABLE ALWAYS TRIGGER tell;

CREATE OR REPLACE FUNCTION hl_shards.mark_move(id text, side text) RETURNS int8 LANGUAGE sql ${safely} AS $mark$
  SELECT pg_advisory_xact_lock(${lockClass}, ${markerLock});
  INSERT INTO hl_shards.move_marker
    SELECT mark_move.id, mark_move.side, coalesce(max(m.number), 0) + 1 FROM hl_shards.move_marker AS m
      WHERE m.move = mark_move.id AND m.side = mark_move.side
    RETURNING number
$mark$;
`

/**
 * hold_move(id, runner): the record, locked to the end of the transaction. share_move: the same for several at once.
 * claim_move: another runner from now on; it waits for what the old one has begun, and nothing that that one sends has
 * an effect after it.
 */
const record = `
CREATE OR REPLACE FUNCTION hl_shards.hold_move(id text, runner uuid) RETURNS hl_shards.move
  LANGUAGE plpgsql ${safely} AS $hold$
DECLARE
  held hl_shards.move;
BEGIN
  SELECT * INTO held FROM hl_shards.move AS m WHERE m.id = hold_move.id FOR UPDATE;
  IF held.runner IS DISTINCT FROM hold_move.runner THEN
    RAISE EXCEPTION USING ERRCODE = '${moveTaken}',
      MESSAGE = CASE WHEN held.id IS NULL THEN format('there is no move %s on this shard any more', hold_move.id)
        ELSE format('another process runs the move %s by now', hold_move.id) END;
  END IF;
  RETURN held;
END $hold$;

CREATE OR REPLACE FUNCTION hl_shards.share_move(id text, runner uuid) RETURNS void
  LANGUAGE plpgsql ${safely} AS $share$
BEGIN
  PERFORM FROM hl_shards.move AS m WHERE m.id = share_move.id AND m.runner = share_move.runner FOR SHARE;
  IF NOT FOUND THEN
    PERFORM hl_shards.hold_move(id, runner);
  END IF;
END $share$;

CREATE OR REPLACE FUNCTION hl_shards.claim_move(id text, runner uuid) RETURNS bool
  LANGUAGE sql ${safely} AS $claim$
  WITH claimed AS (UPDATE hl_shards.move AS m SET runner = claim_move.runner WHERE m.id = claim_move.id RETURNING 1)
  SELECT EXISTS (SELECT FROM claimed)
$claim$;

CREATE OR REPLACE FUNCTION hl_shards.note_move(id text, runner uuid, phase text, step int4) RETURNS void
  LANGUAGE plpgsql ${safely} AS $note$
BEGIN
  PERFORM hl_shards.hold_move(id, runner);
  UPDATE hl_shards.move AS m SET phase = note_move.phase, step = note_move.step, noted_at = now()
    WHERE m.id = note_move.id AND m.step <= note_move.step;
END $note$;
`

/**
 * hl_shards.flip_move(id, runner, from_state, to_state, to_owner, to_epochs, phase, step, marker_side, wait_ms) -> the
 * marker's number, or null. All groups of the move that are not in to_state yet, in order; to_epochs by group, null:
 * one more than it is. phase null: nothing is noted.
 */
const flip = `
CREATE OR REPLACE FUNCTION hl_shards.flip_move(
  id text, runner uuid, from_state "char", to_state "char", to_owner text, to_epochs jsonb DEFAULT NULL,
    phase text DEFAULT NULL, step int4 DEFAULT NULL, marker_side text DEFAULT NULL, wait_ms int4 DEFAULT 200
) RETURNS int8 LANGUAGE plpgsql ${safely} AS $flip$
DECLARE
  held hl_shards.move := hl_shards.hold_move(id, runner);
  found_group hl_shards.slot_group;
BEGIN
  FOR found_group IN SELECT * FROM hl_shards.slot_group AS g WHERE g.slot_group = ANY (held.groups) ORDER BY 1 LOOP
    CONTINUE WHEN found_group.state = to_state;
    PERFORM hl_shards.flip_group(found_group.slot_group, from_state, to_state, found_group.epoch, to_owner,
      (to_epochs ->> found_group.slot_group::text)::int8, wait_ms);
  END LOOP;
  IF phase IS NOT NULL THEN
    PERFORM hl_shards.note_move(id, runner, phase, step);
  END IF;
  RETURN CASE WHEN marker_side IS NULL THEN NULL ELSE hl_shards.mark_move(id, marker_side) END;
END $flip$;
`

/**
 * The event triggers come and go with the record: only superusers may make them, and the mover is one. `safely` gives
 * the form the same search_path whoever asks.
 */
const ends = `
CREATE OR REPLACE FUNCTION hl_shards.begin_move(id text, source text, destination text, groups int2[], phase text,
  runner uuid) RETURNS void LANGUAGE plpgsql ${safely} AS $begin$
BEGIN
  IF EXISTS (SELECT FROM hl_shards.move AS m WHERE m.id = begin_move.id) THEN
    PERFORM hl_shards.hold_move(id, runner);
    RETURN;
  END IF;
  INSERT INTO hl_shards.move (id, source, destination, groups, phase, step, runner, relations, form, version)
    SELECT id, source, destination, groups, phase, 0, runner, r.relations, hl_shards.move_form(r.relations), ${moveVersion}
      FROM (SELECT coalesce(array_agg(relid::oid), '{}') AS relations FROM (${relationsOfMove}) AS found) AS r;
  EXECUTE 'CREATE EVENT TRIGGER ${moveTrigger} ON ddl_command_end EXECUTE FUNCTION hl_shards.guard_move()';
  EXECUTE 'CREATE EVENT TRIGGER hl_shards_move_drops ON sql_drop EXECUTE FUNCTION hl_shards.guard_move()';
  PERFORM pg_notify('hl_shards_map', jsonb_build_object('move', id)::text);
END $begin$;

CREATE OR REPLACE FUNCTION hl_shards.forget_move(id text, runner uuid) RETURNS void
  LANGUAGE plpgsql ${safely} AS $forget$
BEGIN
  IF NOT EXISTS (SELECT FROM hl_shards.move AS m WHERE m.id = forget_move.id) THEN
    RETURN;
  END IF;
  PERFORM hl_shards.hold_move(id, runner);
  DELETE FROM hl_shards.move_marker;
  DELETE FROM hl_shards.move_pause;
  DELETE FROM hl_shards.move;
  EXECUTE 'DROP EVENT TRIGGER IF EXISTS ${moveTrigger}';
  EXECUTE 'DROP EVENT TRIGGER IF EXISTS hl_shards_move_drops';
  PERFORM pg_notify('hl_shards_map', jsonb_build_object('move', NULL)::text);
END $forget$;
`

/** The tables of moves; before the fence, whose TRUNCATE looks at them. */
export function moveTablesSql(): string {
  return tables
}

/** The functions of moves; after those that flip groups. */
export function moveSql(): string {
  return [marker, record, flip, guardSql, ends].join('\n')
}
