import { first, type SearchParams } from '@/app/ui/page/query';
import styles from './sign-in.module.css';

export const metadata = { title: 'Sign in' };

export default async function SignIn({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { problem } = first(await searchParams);
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <h1>Sign in to Belay</h1>
        {problem ? (
          <p className="form-error" role="alert">
            This link was used already, has expired, or never was. Ask for a new one.
          </p>
        ) : null}
        <p>
          There are no passwords here. You sign in with a link that works once, within 15 minutes, and lasts as long as
          you use it.
        </p>
        <ol className={styles.ways}>
          <li>
            <strong>At the machine</strong> <code>npm start</code> prints a link each time it starts. Beside a running
            instance: <code>npm run -s key -- sign-in-link</code>
          </li>
          <li>
            <strong>Anywhere else</strong> An admin makes one for you under Settings → People.
          </li>
        </ol>
      </div>
    </main>
  );
}
