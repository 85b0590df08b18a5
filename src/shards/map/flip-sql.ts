// Changing who owns a group, on one shard: the only ways in which hl_shards.slot_group changes. Invariants: each takes
// the group's lock alone first, so it waits for all that writes there, prepared transactions included, and whoever
// comes later sees the new state; it waits a bounded time and then fails with 55P03, nothing changed; it changes only
// what it was told to expect (HL004 otherwise); an epoch never falls; none happens while a barrier is taken. Pure. Not
// here: the order over several shards (write-map.ts; a move's own).
import {decisionLock, lockClass, mapLock} from './advisory-locks.ts'
import {safely} from './check-fence-sql.ts'
import {fenceStates} from './fence-sql.ts'

/**
 * hl_shards.flip_group(slot_group, from_state, to_state, from_epoch, to_owner, to_epoch, wait_ms) -> the new epoch. In
 * the transaction that the caller opened, READ COMMITTED: the states are o, m, i, r of hl_shards.slot_group; to_owner
 * is this shard exactly when to_state is o; to_epoch null is from_epoch + 1. At commit, whoever listens on
 * hl_shards_map is told.
 */
const flip = `
CREATE OR REPLACE FUNCTION hl_shards.flip_group(
  slot_group int4, from_state "char", to_state "char", from_epoch int8, to_owner text, to_epoch int8 DEFAULT NULL,
    wait_ms int4 DEFAULT 200
) RETURNS int8 LANGUAGE plpgsql ${safely} AS $flip$
DECLARE
  here text := (SELECT shard FROM hl_shards.self);
  before_flip hl_shards.slot_group;
  patience text := current_setting('lock_timeout');
BEGIN
  to_epoch := coalesce(to_epoch, from_epoch + 1);
  IF (from_state::text || to_state::text) NOT IN ('om', 'mo', 'mr', 'ri', 'io', 'ir')
    OR (to_state = 'o') <> (to_owner = here)
    OR to_epoch < from_epoch THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
      MESSAGE = format('group %s on %s cannot go from %s to %s, epoch %s to %s, owner %s', slot_group, here,
        from_state, to_state, from_epoch, to_epoch, to_owner);
  END IF;
  PERFORM set_config('lock_timeout', wait_ms || 'ms', true);
  PERFORM pg_advisory_xact_lock(${lockClass}, slot_group);
  -- Behind the group's own lock: whoever waits here for a barrier holds up nobody that the barrier waits for.
  PERFORM pg_advisory_xact_lock_shared(${lockClass}, ${decisionLock});
  SELECT * INTO before_flip FROM hl_shards.slot_group AS g WHERE g.slot_group = flip_group.slot_group FOR UPDATE;
  PERFORM set_config('lock_timeout', patience, true);
  IF before_flip.state IS DISTINCT FROM from_state OR before_flip.epoch IS DISTINCT FROM from_epoch THEN
    RAISE EXCEPTION USING ERRCODE = '${fenceStates.changed}',
      MESSAGE = format('group %s on %s is in state %s with epoch %s, not %s with %s', slot_group, here,
        before_flip.state, before_flip.epoch, from_state, from_epoch),
      DETAIL = jsonb_build_object('group', slot_group, 'state', before_flip.state, 'epoch', before_flip.epoch, 'owner',
        before_flip.owner);
  END IF;
  UPDATE hl_shards.slot_group AS g SET state = to_state, epoch = to_epoch, owner = to_owner
    WHERE g.slot_group = flip_group.slot_group;
  PERFORM pg_notify('hl_shards_map',
    jsonb_build_object('shard', here, 'group', slot_group, 'state', to_state, 'epoch', to_epoch, 'owner',
    to_owner)::text);
  RETURN to_epoch;
END $flip$;
`

/**
 * hl_shards.take_map(shard, map_id, placements) -> what was changed. The first time it says which groups the shard
 * owns; later it only tells of groups that are elsewhere, and never takes one or gives one, which is a move's business:
 * HL004.
 */
const take = `
CREATE OR REPLACE FUNCTION hl_shards.take_map(shard text, map_id uuid, placements jsonb) RETURNS int4
  LANGUAGE plpgsql ${safely} AS $take$
DECLARE
  placed record;
  known hl_shards.slot_group;
  own hl_shards.self;
  changes int4 := 0;
BEGIN
  PERFORM pg_advisory_xact_lock(${lockClass}, ${mapLock});
  INSERT INTO hl_shards.self (shard, map_id) VALUES (take_map.shard, take_map.map_id) ON CONFLICT DO NOTHING;
  SELECT * INTO own FROM hl_shards.self;
  IF own.shard <> take_map.shard OR own.map_id <> take_map.map_id THEN
    RAISE EXCEPTION USING ERRCODE = '${fenceStates.changed}',
      MESSAGE = format('this database is the shard %s of the map %s, not %s of %s', own.shard, own.map_id,
        take_map.shard, take_map.map_id);
  END IF;
  FOR placed IN SELECT p."group"::int2, p.shard, p.epoch
    FROM jsonb_to_recordset(placements) AS p("group" int4, shard text, epoch int8) ORDER BY 1 LOOP
    SELECT * INTO known FROM hl_shards.slot_group AS g WHERE g.slot_group = placed."group" FOR UPDATE;
    IF NOT FOUND AND (placed.shard <> own.shard OR placed.epoch = 1) THEN
      INSERT INTO hl_shards.slot_group VALUES
        (placed."group", CASE WHEN placed.shard = own.shard THEN 'o' ELSE 'r' END, placed.epoch, placed.shard);
      changes := changes + 1;
    ELSIF known.state = 'r' AND known.epoch < placed.epoch AND placed.shard <> own.shard THEN
      UPDATE hl_shards.slot_group AS g SET epoch = placed.epoch, owner = placed.shard
        WHERE g.slot_group = placed."group";
      changes := changes + 1;
    ELSIF known.epoch IS NULL OR known.epoch > placed.epoch OR (placed.shard = own.shard AND known.state <> 'o')
      OR (known.state IN ('o', 'r') AND (known.owner <> placed.shard OR known.epoch < placed.epoch)) THEN
      RAISE EXCEPTION USING ERRCODE = '${fenceStates.changed}',
        MESSAGE = format('group %s is in state %s with epoch %s of %s on %s, and on %s with epoch %s in the map that is being written', placed."group", known.state, known.epoch, known.owner, own.shard, placed.shard, placed.epoch),
        HINT = 'Groups change their owner by a move. Read the map again.';
    END IF;
  END LOOP;
  IF changes > 0 THEN
    PERFORM pg_notify('hl_shards_map', jsonb_build_object('shard', own.shard)::text);
  END IF;
  RETURN changes;
END $take$;
`

/**
 * hl_shards.put_map(map_id, shards, placements), on the catalog: epochs never fall, and a group keeps its owner within
 * one.
 */
const put = `
CREATE OR REPLACE FUNCTION hl_shards.put_map(map_id uuid, shards text[], placements jsonb) RETURNS int4
  LANGUAGE plpgsql ${safely} AS $put$
DECLARE
  conflict record;
  changes int4;
BEGIN
  PERFORM pg_advisory_xact_lock(${lockClass}, ${mapLock});
  IF NOT EXISTS (SELECT FROM hl_shards.map_identity AS i WHERE i.map_id = put_map.map_id) THEN
    RAISE EXCEPTION USING ERRCODE = '${fenceStates.changed}',
      MESSAGE = format('this catalog does not hold the map %s', put_map.map_id);
  END IF;
  SELECT p."group", p.shard, p.epoch, m.shard AS known_shard, m.epoch AS known_epoch INTO conflict
    FROM jsonb_to_recordset(placements) AS p("group" int4, shard text, epoch int8) JOIN hl_shards.map AS m
      ON m.slot_group = p."group"
    WHERE m.epoch > p.epoch OR (m.epoch = p.epoch AND m.shard <> p.shard) ORDER BY 1 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION USING ERRCODE = '${fenceStates.changed}',
      MESSAGE = format('the catalog has group %s on %s with epoch %s, newer than %s with epoch %s', conflict."group",
        conflict.known_shard, conflict.known_epoch, conflict.shard, conflict.epoch),
      HINT = 'Read the map again.';
  END IF;
  INSERT INTO hl_shards.map_shard SELECT unnest(shards) ON CONFLICT DO NOTHING;
  INSERT INTO hl_shards.map AS m SELECT p."group", p.shard, p.epoch
    FROM jsonb_to_recordset(placements) AS p("group" int4, shard text, epoch int8)
    ON CONFLICT (slot_group) DO UPDATE SET shard = excluded.shard, epoch = excluded.epoch
      WHERE m.epoch < excluded.epoch;
  GET DIAGNOSTICS changes = ROW_COUNT;
  DELETE FROM hl_shards.map_shard AS s WHERE s.shard <> ALL (shards)
    AND NOT EXISTS (SELECT FROM hl_shards.map AS m WHERE m.shard = s.shard);
  PERFORM pg_notify('hl_shards_map', jsonb_build_object('epoch', (SELECT sum(epoch) FROM hl_shards.map))::text);
  RETURN changes;
END $put$;
`

/** The functions by which groups and maps change. */
export function flipSql(): string {
  return [flip, take, put].join('\n')
}
