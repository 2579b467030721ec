{#-
  The scope of an incremental model: the periods touched since it was last built and tested (docs/decisions.md, growth).

  ops.touched_periods is a log by transaction. A model's pre-hook takes the transaction below which everything is
  visible to it, or the least of what its upstream models have built through, as `pending`, and writes the periods
  touched since `tested_through` into ops.model_scope. Its post-hook, in the same transaction, makes pending the
  watermark. The end of a build whose tests passed moves `tested_through`: a period whose test failed, or never ran,
  comes back in the next build.
-#}

{% macro scope_name(node=none) -%}
    {%- set node = node or model -%}
    {{ node.schema ~ '.' ~ (node.alias or node.name) }}
{%- endmacro %}

{#- What is built beside the warehouse (aurora/apart.py) is computed in full, and leaves no trace in ops. -#}
{% macro _has_watermark(node) -%}
    {{ return(
        node.resource_type == 'model'
        and node.config.materialized in ('incremental', 'table')
        and not node.config.meta.get('is_apart')
    ) }}
{%- endmacro %}

{#- The models with a watermark that a node reads, through views; `sources` holds a mark where it reads a source. -#}
{% macro _upstream(node, found, sources) -%}
    {%- for unique_id in node.depends_on.nodes -%}
        {%- if unique_id.startswith('source.') -%}
            {%- do sources.append(unique_id) -%}
        {%- elif unique_id.startswith('model.') -%}
            {%- set parent = graph.nodes[unique_id] -%}
            {%- if _has_watermark(parent) -%}
                {%- if scope_name(parent) not in found -%}{%- do found.append(scope_name(parent)) -%}{%- endif -%}
            {%- else -%}
                {%- do _upstream(parent, found, sources) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{% macro open_scope() -%}
    {%- if execute and _has_watermark(model) -%}
    {%- set name = scope_name() -%}
    {%- set upstream = [] -%}
    {%- set sources = [] -%}
    {%- do _upstream(model, upstream, sources) -%}
    insert into ops.model_watermark (model, built_through, tested_through)
    values ('{{ name }}', '0', '0')
    on conflict (model) do nothing;

    update ops.model_watermark
    set pending = (
        select min(candidates.through)
        from (
            {% if sources or not upstream -%}
            select pg_snapshot_xmin(pg_current_snapshot()) as through
            {%- if upstream %}
            union all
            {%- endif %}
            {%- endif %}
            {% if upstream -%}
            select coalesce(watermark.built_through, '0'::xid8) as through
            from unnest(array[{% for item in upstream %}'{{ item }}'{{ ', ' if not loop.last }}{% endfor %}]) as parent (model)
            left join ops.model_watermark as watermark on watermark.model = parent.model
            {%- endif %}
        ) as candidates
    )
    where model = '{{ name }}';

    delete from ops.model_scope where model = '{{ name }}';

    {%- if config.get('materialized') == 'incremental' %}

    insert into ops.model_scope (model, period_id)
    select distinct '{{ name }}', touched.period_id
    from ops.touched_periods as touched
    cross join ops.model_watermark as watermark
    where
        watermark.model = '{{ name }}'
        and touched.xid < watermark.pending
        {%- if is_incremental() %}
        and touched.xid >= watermark.tested_through
        {%- endif %};
    {%- endif %}
    {%- if scoped_by() %}

    {{ open_agreement_scope(name, upstream) }}
    {%- endif %}
    {%- if is_incremental() and config.get('meta', {}).get('compares_with_before') %}

    create temporary table {{ before_scope() }} on commit drop as
    select * from {{ this }} where {{ in_scope('period_id') }};
    {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- What a model with meta `compares_with_before` held in its scope before this build: for its post-hook. -#}
{% macro before_scope() -%}
    {{ model.name }}__before
{%- endmacro %}

{#- Empties the periods that the model is about to write, also those that will stay empty. -#}
{% macro clear_scope() -%}
    {%- if execute and is_incremental() -%}
    delete from {{ this }}
    where
        {{ in_scope('period_id') }}
        {%- if scoped_by() == 'agreement' %}
        and {{ in_agreement_scope('agreement_id', 'period_id') }}
        {%- elif scoped_by() == 'partner' %}
        and {{ in_partner_scope('partner_id', 'period_id') }}
        {%- endif %};
    {%- endif -%}
{%- endmacro %}

{% macro close_scope() -%}
    {%- if execute and _has_watermark(model) -%}
    update ops.model_watermark
    set built_through = pending
    where model in ('{{ scope_name() }}', '{{ scope_name() }}/agreements');
    {%- endif -%}
{%- endmacro %}

{#- The predicate that every table of every join in an incremental model carries (SHAPE.md: a list travels badly). -#}
{% macro in_scope(column) -%}
    {%- if is_incremental() -%}
    {{ column }} = any(array(select period_id from ops.model_scope where model = '{{ scope_name() }}'))
    {%- else -%}
    true
    {%- endif -%}
{%- endmacro %}

{#- At the end of a build: a model whose tests all ran and passed is tested through what it is built through. -#}
{% macro keep_tested_watermarks(results) -%}
    {%- if execute and flags.WHICH == 'build' -%}
        {%- set built = [] -%}
        {%- set passed = [] -%}
        {%- for result in results -%}
            {%- if result.node.resource_type == 'model' and result.status == 'success' -%}
                {%- do built.append(result.node.unique_id) -%}
            {%- elif result.node.resource_type == 'test' and result.status in ('pass', 'warn') -%}
                {%- do passed.append(result.node.unique_id) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set untested = [] -%}
        {%- for node in graph.nodes.values() if node.resource_type == 'test' and node.unique_id not in passed -%}
            {%- do untested.extend(node.depends_on.nodes) -%}
        {%- endfor -%}
        {%- set names = [] -%}
        {%- for unique_id in built if unique_id not in untested and _has_watermark(graph.nodes[unique_id]) -%}
            {%- do names.append(scope_name(graph.nodes[unique_id])) -%}
        {%- endfor -%}
        {%- if names -%}
        update ops.model_watermark
        set tested_through = built_through
        where model in ({% for name in names %}'{{ name }}', '{{ name }}/agreements'{{ ', ' if not loop.last }}{% endfor %})
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#-
  Touch the periods of a query (chain_id, period_id) on behalf of a neighbour that changed. The touch takes the place
  of the last raw touch that this model has seen, so that every model downstream still finds it in its window.
-#}
{% macro touch_neighbours(data_type, query) -%}
    {%- if execute and is_incremental() -%}
    insert into ops.touched_periods (chain_id, data_type, period_id, run_id, xid)
    select distinct neighbours.chain_id, '{{ data_type }}', neighbours.period_id, '{{ scope_name() }}', newest.xid
    from ({{ query }}) as neighbours
    cross join (
        select max(touched.xid) as xid
        from ops.touched_periods as touched
        cross join ops.model_watermark as watermark
        where watermark.model = '{{ scope_name() }}' and touched.xid < watermark.pending
    ) as newest
    where newest.xid is not null
    {%- endif -%}
{%- endmacro %}

{#- The rows of a model's scope that this build added, dropped or changed. -#}
{% macro changed_rows() -%}
    (
        (
            select * from {{ this }} where {{ in_scope('period_id') }}
            except
            select * from {{ before_scope() }}
        )
        union all
        (
            select * from {{ before_scope() }}
            except
            select * from {{ this }} where {{ in_scope('period_id') }}
        )
    )
{%- endmacro %}

{#- Every period that anything was ever landed or asked for. -#}
{% macro known_periods() -%}
    (select distinct chain_id, period_id from ops.touched_periods where period_id > 0)
{%- endmacro %}
