import { evaluateFlags } from '@/lib/http/ingress';

export { evaluateFlags as GET, evaluateFlags as POST };
