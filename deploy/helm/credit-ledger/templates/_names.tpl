{{- define "credit-ledger.name" -}}
{{- if contains "credit-ledger" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-credit-ledger" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "credit-ledger.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{- define "credit-ledger.selector" -}}
app.kubernetes.io/name: credit-ledger
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "credit-ledger.labels" -}}
{{ include "credit-ledger.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "credit-ledger.kafkaBrokers" -}}
{{- if .Values.strimzi.enabled }}{{ include "credit-ledger.name" . }}-kafka-kafka-bootstrap:9092{{ else }}{{ .Values.kafkaBrokers }}{{ end }}
{{- end }}

{{/* Where gateways ask for the keys that tokens are signed with; nothing where there is no OpenID provider. */}}
{{- define "credit-ledger.issuerPort" -}}
{{- with merge (dict) .Values.roles.gateway.settings .Values.settings | dig "OIDC_ISSUER" "" }}
{{- $url := urlParse . }}
{{- regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) | default (ternary "80" "443" (eq $url.scheme "http")) }}
{{- end }}
{{- end }}

{{/* One variable from a Secret. Takes name, secret, key. */}}
{{- define "credit-ledger.fromSecret" -}}
- name: {{ .name }}
  valueFrom: { secretKeyRef: { name: {{ .secret }}, key: {{ .key }} } }
{{- end }}

{{/* Where the two databases are. */}}
{{- define "credit-ledger.databases" -}}
{{- $name := include "credit-ledger.name" . }}
{{- if .Values.cnpg.enabled }}
{{ include "credit-ledger.fromSecret" (dict "name" "DATABASE_URL" "secret" (printf "%s-ledger-app" $name) "key" "uri") }}
{{ include "credit-ledger.fromSecret" (dict "name" "READ_MODEL_DATABASE_URL" "secret" (printf "%s-read-models-app" $name) "key" "uri") }}
{{- else }}
{{- with .Values.secret }}
{{ include "credit-ledger.fromSecret" (dict "name" "DATABASE_URL" "secret" .name "key" (required "secret.keys.databaseUrl has to name a key, or cnpg.enabled be true" .keys.databaseUrl)) }}
{{- if .keys.readModelDatabaseUrl }}
{{ include "credit-ledger.fromSecret" (dict "name" "READ_MODEL_DATABASE_URL" "secret" .name "key" .keys.readModelDatabaseUrl) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* What no pod of ours may do. */}}
{{- define "credit-ledger.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "credit-ledger.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
privileged: false
capabilities: { drop: [ALL] }
{{- end }}
