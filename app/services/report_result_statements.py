"""What mentoring, plans and quick wins came to: three parts of the statement behind a cohort's report.

Each is one JSON value. They read `standing`, the candidacies of the cohort; what the rules judge comes as it is stored.
"""

# A workshop that was held counts, also when another mentor has taken over since: once for each region.
MENTORING = """
json_build_object(
    'mentorships', (
        SELECT json_object_agg(state, count) FROM (
            SELECT m.state, count(*) FROM mentorships m JOIN standing s ON s.id = m.candidacy_id GROUP BY m.state
        ) counts
    ),
    'workshops', (
        SELECT json_agg(json_build_object('number', number, 'planned', planned, 'open', open, 'closed', closed))
        FROM (
            SELECT gate.number, count(*) FILTER (WHERE w.state = 'planned') AS planned,
                count(*) FILTER (WHERE w.state = 'open') AS open, count(*) FILTER (WHERE w.state = 'closed') AS closed
            FROM generate_series(1, 4) AS gate (number) LEFT JOIN (
                SELECT DISTINCT ON (s.id, held.number) held.number, held.state FROM workshops held
                JOIN mentorships m ON m.id = held.mentorship_id JOIN standing s ON s.id = m.candidacy_id
                WHERE m.state <> 'ended' OR held.state = 'closed'
                ORDER BY s.id, held.number, held.state = 'closed' DESC
            ) w ON w.number = gate.number
            GROUP BY gate.number ORDER BY gate.number
        ) gates
    ),
    'commitments', (
        SELECT json_build_object(
            'region_heads', count(*) FILTER (WHERE signatory = 'region_head'),
            'agencies', count(*) FILTER (WHERE signatory = 'agency'), 'regions', count(DISTINCT candidacy_id)
        ) FROM commitments JOIN standing s ON s.id = candidacy_id WHERE commitments.state = 'signed'
    )
)
"""

# A plan that is submitted or further stands as its newest version has it: only what is returned changes again. Into the
# budget `counts` one of a region that is still there: an accepted revision is not what the plan in force costs.
PLANS = """
json_build_object(
    'states', (
        SELECT json_object_agg(state, count) FROM (
            SELECT p.state, count(*) FROM master_plans p JOIN standing s ON s.id = p.candidacy_id GROUP BY p.state
        ) counts
    ),
    'enacted', (
        SELECT count(DISTINCT p.candidacy_id) FROM master_plans p JOIN standing s ON s.id = p.candidacy_id
        WHERE p.state IN ('enacted', 'superseded')
    ),
    'without', (
        SELECT coalesce(json_agg(json_build_object(
            'candidacy_id', s.id, 'region_code', s.region_code, 'region_name', r.name, 'state', s.state
        ) ORDER BY s.region_code), '[]'::json)
        FROM standing s JOIN regions r ON r.code = s.region_code
        WHERE NOT EXISTS (
            SELECT FROM master_plans p WHERE p.candidacy_id = s.id AND p.state IN ('enacted', 'superseded')
        )
    ),
    'templates', (
        SELECT coalesce(json_agg(json_build_object('id', t.id, 'books', t.books)), '[]'::json) FROM plan_templates t
        WHERE (t.code, t.edition) IN (
            SELECT p.template_code, p.template_edition FROM master_plans p JOIN standing s ON s.id = p.candidacy_id
        )
    ),
    'submitted', (
        SELECT coalesce(json_agg(json_build_object(
            'counts', s.chosen AND (p.state = 'enacted' OR p.state = 'accepted' AND NOT EXISTS (
                SELECT FROM master_plans o WHERE o.candidacy_id = s.id AND o.state = 'enacted'
            )),
            'template', t.id, 'document', newest.content
        )), '[]'::json)
        FROM master_plans p JOIN standing s ON s.id = p.candidacy_id
        JOIN plan_templates t ON t.code = p.template_code AND t.edition = p.template_edition
        CROSS JOIN LATERAL (
            SELECT content::json FROM plan_versions WHERE plan_id = p.id ORDER BY number DESC LIMIT 1
        ) newest
        WHERE p.state IN ('submitted', 'accepted', 'enacted')
    )
)
"""

QUICK_WINS = """
json_build_object(
    'states', (
        SELECT json_object_agg(state, count) FROM (
            SELECT q.state, count(*) FROM quick_wins q JOIN standing s ON s.id = q.candidacy_id GROUP BY q.state
        ) counts
    ),
    'dimensions', (
        SELECT coalesce(json_agg(json_build_object(
            'dimension', entry.word->>'code', 'name_en', entry.word->>'name_en', 'name_id', entry.word->>'name_id'
        ) ORDER BY entry.place), '[]'::json)
        FROM catalogues c CROSS JOIN jsonb_array_elements(c.entries) WITH ORDINALITY AS entry (word, place)
        WHERE c.in_force AND c.code = 'dimensions'
    ),
    'rules', cohort.quick_win_rules,
    'approved', (
        SELECT coalesce(json_agg(json_build_object(
            'title', q.title, 'dimension', q.dimension, 'region_code', s.region_code, 'time_zone', r.time_zone,
            'measure', json_build_object(
                'unit', q.measure_unit, 'baseline', q.measure_baseline, 'target', q.measure_target
            ),
            'starts_on', q.starts_on, 'ends_on', q.ends_on,
            'closed_on', q.closed_on, 'measured_value', q.measured_value,
            'published_at', q.published_at, 'left', s.state = 'withdrawn',
            'reports', (
                SELECT coalesce(json_agg(json_build_object('reported_on', reported_on, 'percent', percent)
                    ORDER BY number), '[]'::json)
                FROM progress_reports WHERE quick_win_id = q.id
            )
        )), '[]'::json)
        FROM quick_wins q JOIN standing s ON s.id = q.candidacy_id JOIN regions r ON r.code = s.region_code
        WHERE q.published_at IS NOT NULL
    )
)
"""
