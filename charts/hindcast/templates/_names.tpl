{{/* Every object of a release carries these; operator.md 7 trusts none of them. */}}
{{- define "hindcast.labels" -}}
app.kubernetes.io/name: hindcast
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
{{- end }}

{{- define "hindcast.operatorSelector" -}}
app.kubernetes.io/name: hindcast
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: operator
{{- end }}

{{/* The namespaces that take part, as a JSON list. */}}
{{- define "hindcast.namespaces" -}}
{{- .Values.namespaces | default (list .Release.Namespace) | uniq | toJson -}}
{{- end }}

{{/* A claim can be mounted in its own namespace only: one claim, one namespace. */}}
{{- define "hindcast.store" -}}
{{- if .Values.store.s3 -}}
{{ .Values.store.s3 }}
{{- else -}}
{{- $namespaces := include "hindcast.namespaces" . | fromJsonArray -}}
{{- if gt (len $namespaces) 1 -}}
{{- fail (printf "a claim serves one namespace and %d are listed (%s): set store.s3, or install a release for each" (len $namespaces) (join ", " $namespaces)) -}}
{{- end -}}
pvc:{{ .Values.store.pvc.claim }}
{{- end -}}
{{- end }}

{{/* Clocks of values.yaml by the names that the operator reads. */}}
{{- define "hindcast.clockVariables" -}}
retryMs: HINDCAST_RETRY_MS
beatLookMs: HINDCAST_BEAT_LOOK_MS
beatLostMs: HINDCAST_BEAT_LOST_MS
noProgressMs: HINDCAST_NO_PROGRESS_MS
cancelDeleteMs: HINDCAST_CANCEL_DELETE_MS
cancelForceMs: HINDCAST_CANCEL_FORCE_MS
cancelSettleMs: HINDCAST_CANCEL_SETTLE_MS
ageingMs: HINDCAST_AGEING_MS
unschedulableMs: HINDCAST_UNSCHEDULABLE_MS
startLimitMs: HINDCAST_START_LIMIT_MS
imagePullMs: HINDCAST_IMAGE_PULL_MS
quotaRetryMs: HINDCAST_QUOTA_RETRY_MS
resyncMs: HINDCAST_RESYNC_MS
sweepMs: HINDCAST_SWEEP_MS
cleanupMs: HINDCAST_CLEANUP_MS
cleanupSoonMs: HINDCAST_CLEANUP_SOON_MS
statusMs: HINDCAST_STATUS_MS
leaseMs: HINDCAST_LEASE_MS
leaseRenewMs: HINDCAST_LEASE_RENEW_MS
leaseRetryMs: HINDCAST_LEASE_RETRY_MS
drainMs: HINDCAST_DRAIN_MS
graceMs: HINDCAST_GRACE_MS
deadlineAllowanceMs: HINDCAST_DEADLINE_ALLOWANCE_MS
nodeTolerationMs: HINDCAST_NODE_TOLERATION_MS
{{- end }}

{{/* What Pod Security "restricted" asks, and nothing to write on. */}}
{{- define "hindcast.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "hindcast.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "hindcast.secretVariables" -}}
{{- range list "DATABASE_URL" "REDIS_URL" }}
- name: {{ . }}
  valueFrom: {secretKeyRef: {name: {{ $.Values.secret }}, key: {{ . }}}}
{{- end }}
{{- end }}
