/** What people wrote as Markdown. Nothing in it loads, runs or leads elsewhere unseen. */
import Markdown, { type Components } from 'react-markdown';
import rehypeSanitize, { defaultSchema } from 'rehype-sanitize';
import remarkGfm from 'remark-gfm';
import { harmless } from '@/lib/postmortem/hand-out/markdown-text';
import styles from './written.module.css';

/** `harmless` has taken it out before: this holds where it should err. */
const schema = {
  ...defaultSchema,
  tagNames: defaultSchema.tagNames?.filter((name) => name !== 'img' && name !== 'picture' && name !== 'source'),
  protocols: { href: ['http', 'https', 'mailto'] },
};

const components: Components = {
  a: ({ href, children }) => (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow ugc">
      {children}
    </a>
  ),
  table: ({ children }) => (
    <div className={styles.table}>
      <table>{children}</table>
    </div>
  ),
};

export function Written({ text }: { text: string }) {
  return (
    <div className={styles.written} dir="auto">
      <Markdown
        remarkPlugins={[remarkGfm]}
        rehypePlugins={[[rehypeSanitize, schema]]}
        components={components}
        skipHtml={true}
      >
        {harmless(text, 3)}
      </Markdown>
    </div>
  );
}
