import { receiveTelemetry } from '@/lib/http/ingress';

export { receiveTelemetry as GET, receiveTelemetry as POST, receiveTelemetry as PUT };
