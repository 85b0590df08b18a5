// Functions that need to be told apart by name: the built-in ones, and those that no property in pg_proc describes well
// enough. Pure data. Not here: the functions of a database (function-catalogue.ts), which replace the lists `known` and
// `volatile` once it has been asked.

/**
 * VOLATILE for PostgreSQL, and still a read wherever it runs: chance, clocks, waiting and sizes. Counts for functions
 * of pg_catalog and of extensions only; a function of the same name that somebody wrote is what pg_proc says it is.
 * timezone is here for one overload in 14.
 */
export const harmlessFunctions: ReadonlySet<string> = names(`
  array_sample array_shuffle clock_timestamp current_query gen_random_bytes gen_random_uuid gen_salt pg_database_size
  pg_indexes_size pg_partition_ancestors pg_partition_tree pg_relation_size pg_sleep pg_sleep_for pg_sleep_until
  pg_table_size pg_tablespace_size pg_timezone_names pg_total_relation_size random random_normal timeofday timezone
  uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 uuidv4 uuidv7
`)

/**
 * Leave something on the connection, or read what was left there: advisory locks that outlive the transaction,
 * settings, the last value of a sequence, the seed of random(), the threshold of pg_trgm. set_config is one unless its
 * third argument says that it is for the transaction.
 */
export const sessionFunctions: ReadonlySet<string> = names(`
  currval lastval pg_advisory_lock pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_all
  pg_advisory_unlock_shared pg_replication_origin_session_reset pg_replication_origin_session_setup
  pg_try_advisory_lock pg_try_advisory_lock_shared set_config set_limit setseed
`)

/**
 * About the connection that asks, or the server at its other end, whatever pg_proc says of them: a standby would answer
 * for itself. From the tables of "System Information Functions" and "System Administration Functions".
 */
export const connectionFunctions: ReadonlySet<string> = names(`
  inet_client_addr inet_client_port inet_server_addr inet_server_port pg_backend_pid pg_backup_start_time
  pg_conf_load_time pg_current_snapshot pg_current_xact_id_if_assigned pg_cursor pg_get_wal_replay_pause_state
  pg_is_in_backup pg_is_in_recovery pg_is_other_temp_schema pg_is_wal_replay_paused pg_jit_available
  pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_listening_channels pg_my_temp_schema
  pg_postmaster_start_time pg_prepared_statement pg_show_all_settings txid_current_if_assigned txid_current_snapshot
`)

/**
 * Reads of one server's state (WAL, locks, files, memory, slots, transactions), most of them VOLATILE for PostgreSQL. A
 * standby has its own, or refuses. From the same tables. pg_stat_get_* are more of them (function-catalogue.ts).
 */
export const nodeFunctions: ReadonlySet<string> = names(`
  pg_available_wal_summaries pg_blocking_pids pg_collation_actual_version pg_control_checkpoint pg_control_init
  pg_control_recovery pg_control_system pg_current_logfile pg_current_wal_flush_lsn pg_current_wal_insert_lsn
  pg_current_wal_lsn pg_database_collation_actual_version pg_get_aios pg_get_backend_memory_contexts
  pg_get_loaded_modules pg_get_multixact_members pg_get_replication_slots pg_get_sequence_data
  pg_get_shmem_allocations pg_get_shmem_allocations_numa pg_get_wait_events pg_get_wal_resource_managers
  pg_get_wal_summarizer_state pg_hba_file_rules pg_ident_file_mappings pg_isolation_test_session_is_blocked
  pg_last_committed_xact pg_lock_status pg_logical_slot_peek_binary_changes pg_logical_slot_peek_changes
  pg_ls_archive_statusdir pg_ls_dir pg_ls_logdir pg_ls_logicalmapdir pg_ls_logicalsnapdir pg_ls_replslotdir
  pg_ls_summariesdir pg_ls_tmpdir pg_ls_waldir pg_notification_queue_usage pg_prepared_xact pg_read_binary_file
  pg_read_file pg_read_file_old pg_replication_origin_progress pg_safe_snapshot_blocking_pids pg_sequence_last_value
  pg_show_all_file_settings pg_show_replication_origin_status pg_stat_file pg_stat_have_stats pg_tablespace_databases
  pg_wal_summary_contents pg_xact_commit_timestamp pg_xact_commit_timestamp_origin pg_xact_status txid_status
`)

/**
 * STABLE or IMMUTABLE for PostgreSQL, and an error during recovery all the same (found by calling them on a standby of
 * 15). The others like them are VOLATILE.
 */
export const functionsRefusedByStandbys: ReadonlySet<string> = names(`
  pg_current_xact_id pg_walfile_name pg_walfile_name_offset txid_current
`)

/**
 * Functions of pg_catalog without a volatile overload in 14, 15 and 18, as pg_proc and pg_description of those list
 * them: without what implements operators, types, indexes or planner support (by the description), pg_stat_get_*, and
 * what only PostgreSQL itself calls. Also what the grammar turns syntax into, such as like_escape.
 */
export const knownFunctions: ReadonlySet<string> = names(`
  abs aclcontains acldefault aclexplode acos acosd acosh age any_value area array_agg array_append array_dims
  array_fill array_length array_lower array_ndims array_position array_positions array_prepend array_remove
  array_replace array_reverse array_sort array_to_json array_to_string array_to_tsvector array_upper ascii asin asind
  asinh atan atan2 atan2d atand atanh avg bit bit_and bit_count bit_length bit_or bit_xor bool bool_and bool_or box
  bpchar btrim bytea cardinality casefold cash_words cbrt ceil ceiling center char char_length character_length chr
  cidr circle col_description concat concat_ws convert convert_from convert_to corr cos cosd cosh cot cotd count
  covar_pop covar_samp crc32 crc32c cume_dist current_database current_schema current_schemas current_setting
  current_user database_to_xml database_to_xml_and_xmlschema database_to_xmlschema date date_add date_bin date_part
  date_subtract date_trunc datemultirange daterange decode degrees dense_rank diagonal diameter div encode enum_first
  enum_last enum_range erf erfc every exp extract factorial family first_value float4 float8 floor format format_type
  gamma gcd generate_series generate_subscripts get_bit get_byte get_current_ts_config getdatabaseencoding
  has_any_column_privilege has_column_privilege has_database_privilege has_function_privilege has_schema_privilege
  has_sequence_privilege has_table_privilege hashint4 hashint4extended hashint8 hashint8extended hashtext
  hashtextextended height host hostmask icu_unicode_version inet_merge inet_same_family initcap int2 int4
  int4multirange int4range int8 int8multirange int8range interval is_normalized isclosed isempty isfinite ishorizontal
  isopen isparallel isperp isvertical json_agg json_agg_strict json_array_elements json_array_elements_text
  json_array_length json_build_array json_build_object json_each json_each_text json_extract_path
  json_extract_path_text json_object json_object_agg json_object_agg_strict json_object_agg_unique
  json_object_agg_unique_strict json_object_keys json_populate_record json_populate_recordset json_strip_nulls
  json_to_record json_to_recordset json_to_tsvector json_typeof jsonb_agg jsonb_agg_strict jsonb_array_elements
  jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text
  jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_agg jsonb_object_agg_strict
  jsonb_object_agg_unique jsonb_object_agg_unique_strict jsonb_object_keys jsonb_path_exists jsonb_path_exists_tz
  jsonb_path_match jsonb_path_match_tz jsonb_path_query jsonb_path_query_array jsonb_path_query_array_tz
  jsonb_path_query_first jsonb_path_query_first_tz jsonb_path_query_tz jsonb_populate_record
  jsonb_populate_record_valid jsonb_populate_recordset jsonb_pretty jsonb_set jsonb_set_lax jsonb_strip_nulls
  jsonb_to_record jsonb_to_recordset jsonb_to_tsvector jsonb_typeof justify_days justify_hours justify_interval lag
  last_value lcm lead left length lgamma like like_escape line ln log log10 lower lower_inc lower_inf lpad lseg ltrim
  macaddr macaddr8 macaddr8_set7bit make_date make_interval make_time make_timestamp make_timestamptz masklen max md5
  min min_scale mod mode money multirange mxid_age name netmask network normalize notlike now npoints nth_value ntile
  num_nonnulls num_nulls numeric nummultirange numnode numrange obj_description octet_length oid oidvectortypes
  overlaps overlay parse_ident path pclose percent_rank percentile_cont percentile_disc
  pg_available_extension_versions pg_available_extensions pg_basetype pg_char_to_encoding pg_client_encoding
  pg_collation_for pg_column_compression pg_column_is_updatable pg_column_size pg_column_toast_chunk_id pg_config
  pg_describe_object pg_encoding_max_length pg_encoding_to_char pg_extension_update_paths pg_filenode_relation
  pg_function_is_visible pg_get_acl pg_get_constraintdef pg_get_expr pg_get_function_arg_default
  pg_get_function_arguments pg_get_function_identity_arguments pg_get_function_result pg_get_function_sqlbody
  pg_get_functiondef pg_get_indexdef pg_get_keywords pg_get_object_address pg_get_partition_constraintdef
  pg_get_partkeydef pg_get_publication_tables pg_get_replica_identity_index pg_get_ruledef pg_get_serial_sequence
  pg_get_statisticsobjdef pg_get_statisticsobjdef_columns pg_get_statisticsobjdef_expressions pg_get_triggerdef
  pg_get_userbyid pg_get_viewdef pg_has_role pg_identify_object pg_identify_object_as_address
  pg_index_column_has_property pg_index_has_property pg_indexam_has_property pg_indexam_progress_phasename
  pg_input_error_info pg_input_is_valid pg_lsn pg_options_to_table pg_partition_root pg_relation_filenode
  pg_relation_filepath pg_relation_is_publishable pg_relation_is_updatable pg_replication_origin_oid
  pg_sequence_parameters pg_settings_get_flags pg_size_bytes pg_size_pretty pg_snapshot_xip pg_snapshot_xmax
  pg_snapshot_xmin pg_split_walfile_name pg_table_is_visible pg_tablespace_location pg_timezone_abbrevs
  pg_trigger_depth pg_type_is_visible pg_typeof pg_visible_in_snapshot pg_wal_lsn_diff phraseto_tsquery pi
  plainto_tsquery point polygon popen position pow power querytree quote_ident quote_literal quote_nullable radians
  radius range_agg range_intersect_agg range_merge rank regclass regexp_count regexp_instr regexp_like regexp_match
  regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table regexp_substr regr_avgx regr_avgy
  regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy repeat replace reverse right round
  row_number row_security_active row_to_json rpad rtrim scale schema_to_xml schema_to_xml_and_xmlschema
  schema_to_xmlschema session_user set_bit set_byte set_masklen setweight sha224 sha256 sha384 sha512
  shobj_description sign similar_escape similar_to_escape sin sind sinh slope split_part sqrt statement_timestamp
  stddev stddev_pop stddev_samp string_agg string_to_array string_to_table strip strpos substr substring sum
  system_user table_to_xml table_to_xml_and_xmlschema table_to_xmlschema tan tand tanh text time timestamp timestamptz
  timetz to_ascii to_bin to_char to_date to_hex to_json to_jsonb to_number to_oct to_regclass to_regcollation
  to_regnamespace to_regoper to_regoperator to_regproc to_regprocedure to_regrole to_regtype to_regtypemod
  to_timestamp to_tsquery to_tsvector transaction_timestamp translate trim_array trim_scale trunc ts_debug ts_delete
  ts_filter ts_headline ts_lexize ts_parse ts_rank ts_rank_cd ts_token_type tsmultirange tsquery_phrase tsrange
  tstzmultirange tstzrange tsvector_to_array txid_snapshot_xip txid_snapshot_xmax txid_snapshot_xmin
  txid_visible_in_snapshot unicode_assigned unicode_version unistr unnest upper upper_inc upper_inf
  uuid_extract_timestamp uuid_extract_version var_pop var_samp varbit varchar variance version websearch_to_tsquery
  width width_bucket xid xml xml_is_well_formed xml_is_well_formed_content xml_is_well_formed_document xmlagg
  xmlcomment xmlexists xmltext xmlvalidate xpath xpath_exists
`)

/**
 * The volatile rest of the same query. A name in neither list is a write as well: this one only gives the better
 * reason.
 */
export const volatileFunctions: ReadonlySet<string> = names(`
  brin_desummarize_range brin_summarize_new_values brin_summarize_range cursor_to_xml cursor_to_xmlschema
  gin_clean_pending_list lo_close lo_creat lo_create lo_export lo_from_bytea lo_get lo_import lo_lseek lo_lseek64
  lo_open lo_put lo_tell lo_tell64 lo_truncate lo_truncate64 lo_unlink nextval pg_advisory_xact_lock
  pg_advisory_xact_lock_shared pg_backup_start pg_backup_stop pg_cancel_backend pg_clear_attribute_stats
  pg_clear_relation_stats pg_copy_logical_replication_slot pg_copy_physical_replication_slot
  pg_create_logical_replication_slot pg_create_physical_replication_slot pg_create_restore_point
  pg_drop_replication_slot pg_export_snapshot pg_import_system_collations pg_log_backend_memory_contexts
  pg_log_standby_snapshot pg_logical_emit_message pg_logical_slot_get_binary_changes pg_logical_slot_get_changes
  pg_notify pg_promote pg_reload_conf pg_replication_origin_advance pg_replication_origin_create
  pg_replication_origin_drop pg_replication_origin_session_is_setup pg_replication_origin_session_progress
  pg_replication_origin_xact_reset pg_replication_origin_xact_setup pg_replication_slot_advance
  pg_restore_attribute_stats pg_restore_relation_stats pg_rotate_logfile pg_rotate_logfile_old pg_start_backup
  pg_stat_clear_snapshot pg_stat_force_next_flush pg_stat_reset pg_stat_reset_backend_stats
  pg_stat_reset_replication_slot pg_stat_reset_shared pg_stat_reset_single_function_counters
  pg_stat_reset_single_table_counters pg_stat_reset_slru pg_stat_reset_subscription_stats pg_stop_backup pg_switch_wal
  pg_sync_replication_slots pg_terminate_backend pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared
  pg_wal_replay_pause pg_wal_replay_resume query_to_xml query_to_xml_and_xmlschema query_to_xmlschema setval
  ts_rewrite ts_stat
`)

/** Views over connectionFunctions. */
export const connectionViews: ReadonlySet<string> = names(`pg_cursors pg_prepared_statements pg_settings`)

/**
 * Settings that tell the node, for SHOW and current_setting(): its role, its place, whom it follows. ALL is SHOW's word
 * for every setting.
 */
export const settingsOfNode: ReadonlySet<string> = names(`
  all cluster_name config_file data_directory external_pid_file hba_file ident_file in_hot_standby listen_addresses
  port primary_conninfo primary_slot_name recovery_min_apply_delay restore_command synchronous_standby_names
  transaction_read_only unix_socket_directories
`)

/**
 * Views whose answer is about one node, so that it must not change with the standby that happens to be asked: the
 * primary answers. As in 14 to 18, for the time before a database was asked: its catalogue tells which views call
 * functions about a node, its own and those of extensions too.
 */
export const viewsOfOneNode: ReadonlySet<string> = names(`
  pg_aios pg_backend_memory_contexts pg_file_settings pg_hba_file_rules pg_ident_file_mappings pg_locks
  pg_prepared_xacts pg_replication_origin_status pg_replication_slots pg_sequences pg_shmem_allocations
  pg_shmem_allocations_numa pg_stat_activity pg_stat_all_indexes pg_stat_all_tables pg_stat_archiver pg_stat_bgwriter
  pg_stat_checkpointer pg_stat_database pg_stat_database_conflicts pg_stat_gssapi pg_stat_io pg_stat_progress_analyze
  pg_stat_progress_basebackup pg_stat_progress_cluster pg_stat_progress_copy pg_stat_progress_create_index
  pg_stat_progress_vacuum pg_stat_recovery_prefetch pg_stat_replication pg_stat_replication_slots pg_stat_slru
  pg_stat_ssl pg_stat_subscription pg_stat_subscription_stats pg_stat_sys_indexes pg_stat_sys_tables
  pg_stat_user_functions pg_stat_user_indexes pg_stat_user_tables pg_stat_wal pg_stat_wal_receiver
  pg_stat_xact_all_tables pg_stat_xact_sys_tables pg_stat_xact_user_functions pg_stat_xact_user_tables
  pg_statio_all_indexes pg_statio_all_sequences pg_statio_all_tables pg_statio_sys_indexes pg_statio_sys_sequences
  pg_statio_sys_tables pg_statio_user_indexes pg_statio_user_sequences pg_statio_user_tables pg_wait_events
`)

function names(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/))
}
