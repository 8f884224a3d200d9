"""The two statements behind the reports, each answering one JSON document."""

from app.services.report_result_statements import MENTORING, PLANS, QUICK_WINS

# $1 cohort, $2 states of a candidacy in order, $3 and $4 those from shortlisted and from chosen on, $5 the candidacies'
# name in the history, $6 who wrote the historic record: where that knows no day, the hour of writing is none either.
REPORT = f"""
WITH standing AS (
    SELECT c.id, c.state, c.region_code, a.id AS assessment_id, a.priorities, c.state = ANY ($4::text[]) AS chosen
    FROM candidacies c LEFT JOIN assessments a ON a.candidacy_id = c.id
    WHERE c.cohort_code = $1
), moves AS (
    SELECT t.to_state AS state, t.record_key,
        CASE
            WHEN t.effective_on IS NOT NULL THEN t.effective_on::timestamp AT TIME ZONE 'Asia/Jakarta'
            WHEN t.actor <> $6 THEN t.at
        END AS moment
    FROM transitions t JOIN standing s ON t.record_key = s.id::text
    WHERE t.resource = $5
), funnel AS (
    SELECT json_agg(json_build_object(
        'state', step.state, 'now', coalesce(stand.now, 0), 'ever', coalesce(entered.ever, 0),
        'first_at', entered.first_at, 'last_at', entered.last_at
    ) ORDER BY step.place) AS steps
    FROM unnest($2::text[]) WITH ORDINALITY AS step (state, place)
    LEFT JOIN (SELECT state, count(*) AS now FROM standing GROUP BY state) stand USING (state)
    LEFT JOIN (
        SELECT state, count(DISTINCT record_key) AS ever, min(moment) AS first_at, max(moment) AS last_at
        FROM moves GROUP BY state
    ) entered USING (state)
), parts AS (
    SELECT coalesce(r.province_code, r.code) AS province, r.island_group,
        r.kind <> 'province' AND r.valid_to IS NULL AS counts,
        r.population, s.state, coalesce(s.chosen, false) AS chosen
    FROM regions r LEFT JOIN standing s ON s.region_code = r.code
), shares AS (
    SELECT province, island_group, json_build_object(
        'regions', count(*) FILTER (WHERE counts),
        'nominated', count(*) FILTER (WHERE state <> 'withdrawn'),
        'shortlisted', count(*) FILTER (WHERE state = ANY ($3::text[])),
        'chosen', count(*) FILTER (WHERE chosen),
        'population', coalesce(sum(population) FILTER (WHERE counts), 0),
        'population_chosen', coalesce(sum(population) FILTER (WHERE chosen), 0)
    )::jsonb AS share
    FROM parts GROUP BY GROUPING SETS ((province), (island_group))
), words AS (
    SELECT c.code AS catalogue, entry.place, entry.word->>'code' AS code, entry.word->>'name_en' AS name_en,
        entry.word->>'name_id' AS name_id
    FROM catalogues c CROSS JOIN jsonb_array_elements(c.entries) WITH ORDINALITY AS entry (word, place)
    WHERE c.in_force AND c.code IN ('island-groups', 'national-priorities')
), newest AS (
    SELECT DISTINCT ON (card.assessment_id) card.total, card.questions
    FROM scorecards card JOIN standing s USING (assessment_id)
    WHERE EXISTS (SELECT FROM selection_runs WHERE cohort_code = $1 AND stage = 'final' AND state = 'published')
    ORDER BY card.assessment_id, card.edition DESC
)
SELECT json_build_object(
    'cohort_code', cohort.code, 'state', cohort.state, 'simulation', cohort.simulation,
    'quota', cohort.quota, 'candidate_quota', cohort.candidate_quota,
    'funnel', (SELECT steps FROM funnel),
    'equity', json_build_object(
        'island_groups', (
            SELECT json_agg(share || jsonb_build_object(
                'island_group', words.code, 'name_en', words.name_en, 'name_id', words.name_id
            ) ORDER BY words.place)
            FROM words JOIN shares ON shares.island_group = words.code WHERE words.catalogue = 'island-groups'
        ),
        'provinces', (
            SELECT json_agg(share || jsonb_build_object(
                'province_code', r.code, 'province_name', r.name, 'island_group', r.island_group
            ) ORDER BY r.code)
            FROM shares JOIN regions r ON r.code = shares.province
        )
    ),
    'priorities', json_build_object(
        'assessed', (SELECT count(*) FROM standing WHERE chosen AND assessment_id IS NOT NULL),
        'covered', (
            SELECT json_agg(json_build_object(
                'code', code, 'name_en', name_en, 'name_id', name_id,
                'regions', (SELECT count(*) FROM standing WHERE chosen AND words.code = ANY (priorities))
            ) ORDER BY place)
            FROM words WHERE catalogue = 'national-priorities'
        )
    ),
    'scorecards', (
        SELECT coalesce(json_agg(json_build_object('total', total, 'levels', (
            SELECT json_agg(question->'levels') FROM jsonb_array_elements(questions) AS question
        ))), '[]'::json) FROM newest
    ),
    'mentoring', {MENTORING}, 'plans', {PLANS}, 'quick_wins', {QUICK_WINS}
)::text
FROM cohorts cohort WHERE cohort.code = $1
"""  # noqa: S608 - our own statements

# $1 cohort, $2 states of an assessment in order. A panel is complete when its reviews are revealed and nobody owes one
# again; of any other, no review is so much as read. What a region that left had not finished is nobody's task any more.
PROGRESS = """
WITH standing AS (
    SELECT a.id, a.state, a.reopened, a.revealed_at, c.region_code, r.name AS region_name
    FROM assessments a JOIN candidacies c ON c.id = a.candidacy_id JOIN regions r ON r.code = c.region_code
    WHERE c.cohort_code = $1 AND (c.state <> 'withdrawn' OR a.state = 'final')
), owed AS (
    SELECT m.id, m.state, m.updated_at, m.assessment_id, e.id AS expert_id, e.name AS expert_name,
        i.name AS institution_name
    FROM panel_members m JOIN standing s ON s.id = m.assessment_id
    JOIN experts e ON e.id = m.expert_id JOIN institutions i ON i.id = e.institution_id
    WHERE m.state IN ('assigned', 'declared')
), complete AS (
    SELECT * FROM standing
    WHERE revealed_at IS NOT NULL AND id NOT IN (SELECT assessment_id FROM owed)
), given AS (
    SELECT v.assessment_id, v.id, v.levels
    FROM reviews v JOIN panel_members m USING (assessment_id, expert_id) JOIN complete c ON c.id = v.assessment_id
    WHERE v.state = 'submitted' AND m.state = 'submitted'
), judged AS (
    SELECT assessment_id,
        json_agg(json_build_object('question', question, 'levels', levels) ORDER BY question) AS questions
    FROM (
        SELECT given.assessment_id, level.key AS question, json_agg(level.value ORDER BY level.value) AS levels
        FROM given CROSS JOIN jsonb_each(given.levels) AS level
        GROUP BY given.assessment_id, level.key
    ) units GROUP BY assessment_id
)
SELECT json_build_object(
    'cohort_code', cohort.code, 'assessment_rules', cohort.assessment_rules,
    'assessments', (
        SELECT json_agg(json_build_object('state', step.state, 'count', coalesce(stand.count, 0)) ORDER BY step.place)
        FROM unnest($2::text[]) WITH ORDINALITY AS step (state, place)
        LEFT JOIN (SELECT state, count(*) AS count FROM standing GROUP BY state) stand USING (state)
    ),
    'panels', (
        SELECT coalesce(json_agg(json_build_object(
            'assessment_id', s.id, 'assessment_state', s.state, 'region_code', s.region_code,
            'region_name', s.region_name, 'members', (
                SELECT count(*) FROM panel_members m WHERE m.assessment_id = s.id AND m.state <> 'recused'
            )
        ) ORDER BY s.region_code), '[]'::json)
        FROM standing s WHERE s.state NOT IN ('open', 'final')
    ),
    'owed', (
        SELECT coalesce(json_agg(json_build_object(
            'panel_member_id', owed.id, 'expert_id', owed.expert_id, 'expert_name', owed.expert_name,
            'institution_name', owed.institution_name, 'state', owed.state, 'since', owed.updated_at,
            'assessment_id', s.id, 'assessment_state', s.state, 'region_code', s.region_code,
            'region_name', s.region_name
        ) ORDER BY owed.updated_at, owed.id), '[]'::json)
        FROM owed JOIN standing s ON s.id = owed.assessment_id
    ),
    'complete', (
        SELECT coalesce(json_agg(json_build_object(
            'assessment_id', c.id, 'assessment_state', c.state, 'region_code', c.region_code,
            'region_name', c.region_name, 'reopened', c.reopened,
            'reviews', (SELECT count(*) FROM given WHERE given.assessment_id = c.id),
            'questions', coalesce(judged.questions, '[]'::json),
            'decided', (
                SELECT coalesce(json_agg(DISTINCT question), '[]'::json)
                FROM moderations m CROSS JOIN jsonb_object_keys(m.decisions) AS question WHERE m.assessment_id = c.id
            )
        ) ORDER BY c.region_code), '[]'::json)
        FROM complete c LEFT JOIN judged ON judged.assessment_id = c.id
    )
)::text
FROM cohorts cohort WHERE cohort.code = $1
"""
