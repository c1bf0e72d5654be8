import { CloudAlert, Inbox, ShieldX } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asFault } from "../../../src/domain/fault.ts";
import type { Report } from "../../../src/protocol/people-routes.ts";
import { Button } from "../../ui/button.tsx";
import { Choice } from "../../ui/choice.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import "../details/details-pane.css";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Field } from "../../ui/field.tsx";
import { ListSkeleton } from "../../ui/skeleton.tsx";
import { useAnswer } from "../answer.ts";
import { faultWords } from "../fault-words.ts";
import { useFormats } from "../formats-context.tsx";
import { PagePane } from "../page-pane.tsx";
import { useParley } from "../parley-context.tsx";
import { navigate } from "../route.ts";
import { showToast } from "../toasts.ts";
import "./reports-pane.css";

const STATES = ["open", "acted", "dismissed"] as const;
type State = (typeof STATES)[number];
const NOTE_CHARS = 1_000;

/** What people have reported, for administrators: look, decide, and say why. */
export function ReportsPane() {
  const { t } = useTranslation();
  const client = useParley();
  const [state, setState] = useState<State>("open");
  const [question, setQuestion] = useState<{ report: Report; to: State } | undefined>(undefined);
  const { answer, reload, change } = useAnswer(state, () => client.server.ask("listReports", { query: { state } }));
  const [isLoadingMore, setLoadingMore] = useState(false);

  if (answer.status === "failed" && asFault(answer.thrown)?.code === "forbidden")
    return (
      <PagePane title={t("reports.title")}>
        <EmptyState icon={<ShieldX />} title={t("reports.forbidden")} hint={t("reports.forbidden_hint")}>
          <Button onPress={() => navigate({ at: "home" }, { replace: true })}>{t("conversation.back")}</Button>
        </EmptyState>
      </PagePane>
    );

  function more(cursor: string): void {
    setLoadingMore(true);
    client.server
      .ask("listReports", { query: { state, cursor } })
      .then(
        (page) => change((old) => ({ ...page, reports: [...old.reports, ...page.reports] })),
        (thrown: unknown) => showToast(t("update.failed", { reason: faultWords(t, thrown) }), "danger"),
      )
      .finally(() => setLoadingMore(false));
  }

  const data = answer.data;
  // What was known of another state is not shown under this one.
  const reports = data?.reports.filter((report) => report.state === state);
  return (
    <PagePane title={t("reports.title")}>
      <Choice
        label={t("chats.filter")}
        value={state}
        onChange={setState}
        options={STATES.map((id) => ({ id, label: t(`reports.state_${id}`) }))}
      />
      {reports !== undefined && reports.length > 0 ? (
        <ul className="reports">
          {reports.map((report) => (
            <ReportCard key={report.report_id} report={report} onDecide={(to) => setQuestion({ report, to })} />
          ))}
        </ul>
      ) : answer.status === "failed" ? (
        <EmptyState icon={<CloudAlert />} title={t("reports.failed", { reason: faultWords(t, answer.thrown) })}>
          <Button onPress={reload}>{t("action.try_again")}</Button>
        </EmptyState>
      ) : answer.status === "loading" ? (
        <ListSkeleton />
      ) : (
        <EmptyState icon={<Inbox />} title={t("reports.empty")} hint={t(`reports.empty_hint_${state}`)} />
      )}
      {data?.next_cursor !== undefined && (
        <Button look="quiet" isPending={isLoadingMore} onPress={() => more(data.next_cursor ?? "")}>
          {t("search.more")}
        </Button>
      )}
      {question !== undefined && (
        <DecideDialog
          report={question.report}
          to={question.to}
          onClose={() => setQuestion(undefined)}
          onDecided={(report) => {
            change((old) => ({
              ...old,
              reports: old.reports.map((one) => (one.report_id === report.report_id ? report : one)),
            }));
            showToast(t("reports.decided"));
          }}
        />
      )}
    </PagePane>
  );
}

function ReportCard({ report, onDecide }: { report: Report; onDecide: (to: State) => void }) {
  const { t } = useTranslation();
  const formats = useFormats();
  const { user } = report;
  return (
    <li className="report-card">
      <p className="report-head">
        <strong>{t(`report.reason_${report.reason}`)}</strong>
        <span className="page-hint">{formats.full(Date.parse(report.reported_at))}</span>
      </p>
      <p className="page-hint">
        {t(`reports.subject_${report.subject}`, {
          name: user === undefined ? (report.chat_id ?? "") : `${user.display_name} (@${user.username})`,
          reporter: `${report.reporter.display_name} (@${report.reporter.username})`,
        })}
      </p>
      {report.evidence !== undefined && report.evidence !== "" && (
        <blockquote className="report-evidence" dir="auto">
          {report.evidence}
        </blockquote>
      )}
      {report.comment !== "" && <p dir="auto">{report.comment}</p>}
      {report.note !== "" && <p className="page-hint">{t("reports.note_said", { note: report.note })}</p>}
      <div className="page-line-actions">
        {report.state === "open" ? (
          <>
            <Button onPress={() => onDecide("dismissed")}>{t("reports.dismiss")}</Button>
            <Button look="primary" onPress={() => onDecide("acted")}>
              {t("reports.act")}
            </Button>
          </>
        ) : (
          <Button onPress={() => onDecide("open")}>{t("reports.reopen")}</Button>
        )}
      </div>
    </li>
  );
}

function DecideDialog({
  report,
  to,
  onClose,
  onDecided,
}: {
  report: Report;
  to: State;
  onClose: () => void;
  onDecided: (report: Report) => void;
}) {
  const { t } = useTranslation();
  const client = useParley();
  const [note, setNote] = useState(report.note);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  async function decide(): Promise<void> {
    setBusy(true);
    try {
      const decided = await client.server.ask("decideReport", {
        params: { id: report.report_id },
        body: { state: to, note: note.trim() },
      });
      onClose();
      onDecided(decided);
    } catch (thrown) {
      setBusy(false);
      setProblem(faultWords(t, thrown));
    }
  }
  return (
    <Dialog title={t(`reports.title_${to}`)} is_open onClose={onClose}>
      <div className="dialog-body report-decide">
        <Field
          label={t("reports.note")}
          hint={t("reports.note_hint")}
          value={note}
          onChange={setNote}
          maxLength={NOTE_CHARS}
          rows={3}
          error={problem}
          autoFocus
        />
        <div className="details-form-actions">
          <Button onPress={onClose}>{t("action.cancel")}</Button>
          <Button look="primary" isPending={isBusy} onPress={() => void decide()}>
            {t(to === "acted" ? "reports.act" : to === "dismissed" ? "reports.dismiss" : "reports.reopen")}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
