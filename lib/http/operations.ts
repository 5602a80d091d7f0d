/** The whole of /api/v1, one line each. A test holds it and app/api/v1 together. */
import { actionOperations } from './operations/actions';
import { drillLearningOperations } from './operations/drill-learning';
import { drillProxyOperations } from './operations/drill-proxies';
import { drillRunOperations } from './operations/drill-runs';
import { drillOperations } from './operations/drills';
import { featureOperations } from './operations/features';
import { houseOperations } from './operations/house';
import { incidentOperations } from './operations/incidents';
import { migrationOperations } from './operations/migrations';
import { noticeOperations } from './operations/notices';
import type { Operation } from './operations/operation';
import { planeOperations } from './operations/planes';
import { postmortemOperations } from './operations/postmortems';
import { rollbackOperations } from './operations/rollbacks';
import { rolloutOperations } from './operations/rollouts';
import { runbookOperations } from './operations/runbooks';
import { sendingOperations } from './operations/sendings';
import { signalOperations } from './operations/signal';
import { snapshotOperations } from './operations/snapshots';
import { statusOperations } from './operations/status';

export const operations = {
  ...featureOperations,
  ...rolloutOperations,
  ...rollbackOperations,
  ...signalOperations,
  ...houseOperations,
  ...planeOperations,
  ...migrationOperations,
  ...snapshotOperations,
  ...noticeOperations,
  ...runbookOperations,
  ...drillOperations,
  ...drillProxyOperations,
  ...drillRunOperations,
  ...drillLearningOperations,
  ...statusOperations,
  ...postmortemOperations,
  ...sendingOperations,
  ...actionOperations,
  ...incidentOperations,
} as const satisfies Record<string, Operation>;
