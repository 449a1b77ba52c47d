/**
 * Every metric, with its labels and its buckets. `docs/metrics.md` says what they mean.
 *
 * @module
 */

/** In seconds: a review of a held identity takes far less than one of which STS is asked. */
const latency = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];

/** Of the Prometheus library for Go, which aws-iam-authenticator has. */
const latencyOfGo = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counters, by name. */
export const counters = {
  callerid_reviews_total: ['Reviews, by what came of them', ['cluster', 'verdict', 'code']],
  callerid_identities_total: [
    'Proven callers, by whether their identity was held (hit) or AWS was asked (miss)',
    ['cluster', 'cache'],
  ],
  callerid_break_glass_total: ['Reviews and admin requests that the break-glass rule let in', ['cluster']],
  callerid_exchanges_total: ['Requests for a JWT, by what came of them', ['cluster', 'verdict', 'code']],
  callerid_admin_requests_total: ['Requests to the admin API', ['cluster', 'operation', 'status']],
  callerid_policy_changes_total: ['Versions of a policy that were written here', ['cluster', 'operation']],
  callerid_shadow_reviews_total: [
    'Reviews in shadow mode, by whether the two agree, and what the other said',
    ['cluster', 'outcome', 'theirs'],
  ],
  callerid_sts_calls_total: ['Calls to STS, by what came of them', ['host', 'outcome']],
  aws_iam_authenticator_sts_connection_failures_total: [
    'Calls to STS without an answer, or without one in time',
    ['StsRegion'],
  ],
  aws_iam_authenticator_sts_throttling_total: ['Calls that STS throttled', ['StsRegion']],
  aws_iam_authenticator_sts_responses_total: [
    'Answers of STS, by HTTP status',
    ['ResponseCode', 'StsRegion'],
  ],
  aws_iam_authenticator_ec2_describe_instances_calls_total: ['Calls of ec2:DescribeInstances', []],
} as const satisfies Record<string, readonly [help: string, labels: readonly string[]]>;

/** Histograms, by name; seconds. */
export const histograms = {
  callerid_review_duration_seconds: ['How long reviews took', ['cluster', 'verdict'], latency],
  callerid_exchange_duration_seconds: ['How long requests for a JWT took', ['cluster', 'verdict'], latency],
  callerid_sts_call_duration_seconds: ['How long calls to STS took', ['host'], latency],
  aws_iam_authenticator_authenticate_latency_seconds: [
    'How long reviews took, by results of aws-iam-authenticator',
    ['result'],
    latencyOfGo,
  ],
} as const satisfies Record<
  string,
  readonly [help: string, labels: readonly string[], buckets: readonly number[]]
>;

/** Gauges, by name. */
export const gauges = {
  callerid_build_info: ['Always 1; the labels say what runs', ['version', 'runtime']],
  callerid_requests_in_flight: ['Requests that are being answered', []],
  callerid_sts_circuit_open: ['1 where an STS host is left alone, as it gave no verdict, else 0', ['host']],
  callerid_policy_version: [
    'The version of the policy that is held; absent where there is none',
    ['cluster'],
  ],
  callerid_policy_age_seconds: [
    'How long ago the policy was last read from the store; absent where it never was',
    ['cluster'],
  ],
  callerid_policy_problem: [
    '1 where the last read gave nothing, or not all of the version can decide, else 0',
    ['cluster'],
  ],
  process_resident_memory_bytes: ['Resident memory', []],
  process_start_time_seconds: ['When the process started, in seconds since the epoch', []],
} as const satisfies Record<string, readonly [help: string, labels: readonly string[]]>;
